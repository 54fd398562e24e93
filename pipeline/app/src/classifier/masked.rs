//! A message without what it need not say of anybody, before it leaves the machine.

/// Characters of a message at most: what stops somebody is said early.
const CHARS_MAX: usize = 2_000;

/// From so many digits on a number says who somebody is, and not what something costs.
const DIGITS: usize = 7;

/// Addresses of mail, of the web and long numbers are taken out, and the end of a long text.
pub fn masked(text: &str) -> String {
    let text: String = text.chars().take(CHARS_MAX).collect();
    let words = text.split_inclusive(char::is_whitespace).map(|word| {
        let bare = word.trim_end();
        let is_address = bare.contains('@') || bare.contains("://") || bare.starts_with("www.");
        if is_address { word.replacen(bare, "[address]", 1) } else { word.to_owned() }
    });
    numbers(&words.collect::<String>())
}

/// Numbers in groups, as phones and accounts are written, are one number.
fn numbers(text: &str) -> String {
    let is_between = |c: char| matches!(c, ' ' | '-' | '/' | '(' | ')' | '+' | '.');
    let mut out = String::new();
    let mut run = String::new();
    let end = |run: &mut String, out: &mut String| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let number = run.trim_end_matches(is_between).len();
        match digits >= DIGITS {
            true => {
                let lead = run.find(|c: char| c.is_ascii_digit() || c == '+').unwrap_or(0);
                out.push_str(&run[..lead]);
                out.push_str("[number]");
                out.push_str(&run[number..]);
            }
            false => out.push_str(run),
        }
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() || is_between(c) {
            run.push(c);
            continue;
        }
        end(&mut run, &mut out);
        out.push(c);
    }
    end(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn who_somebody_is_is_taken_out_and_what_it_costs_stays() {
        for (text, expected) in [
            ("1,200 euros is too much.", "1,200 euros is too much."),
            ("Ring me: +49 171 2345678.", "Ring me: [number]."),
            ("My account is DE89 3704 0044 0532 0130 00, sorry", "My account is DE[number], sorry"),
            ("ann@example.org says 90 - no", "[address] says 90 - no"),
            ("see https://example.org/?token=1\nand 3 + 4", "see [address]\nand 3 + 4"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected);
        }
        assert_eq!(masked(&"ä".repeat(3_000)).chars().count(), 2_000);
    }
}
