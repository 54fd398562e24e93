//! The same again, a few times and not at once.

use super::Undelivered;
use std::time::Duration;

/// How long to wait before each further attempt.
const WAITS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];

/// Tries until it works, is refused for good, or was tried often enough.
pub fn tried<T>(
    wait: &mut dyn FnMut(Duration),
    mut send: impl FnMut() -> Result<T, Undelivered>,
) -> Result<T, Undelivered> {
    for pause in WAITS {
        match send() {
            Err(undelivered) if undelivered.may_pass() => wait(pause),
            done => return done,
        }
    }
    send()
}

#[cfg(test)]
mod tests {
    use super::super::Why;
    use super::*;

    #[test]
    fn what_may_pass_is_tried_three_times_and_what_is_refused_once() {
        for (why, fails, expected) in [
            (Why::Unreachable, 9, (false, 3, 2)),
            (Why::Later, 9, (false, 3, 2)),
            (Why::Later, 2, (true, 3, 2)),
            (Why::Later, 1, (true, 2, 1)),
            (Why::Later, 0, (true, 1, 0)),
            (Why::Denied, 9, (false, 1, 0)),
            (Why::Place, 9, (false, 1, 0)),
            (Why::Refused, 9, (false, 1, 0)),
        ] {
            let (mut sent, mut waits) = (0, 0);
            let done = tried(&mut |_| waits += 1, || {
                sent += 1;
                match sent > fails {
                    true => Ok(()),
                    false => Err(Undelivered { why, text: "no".to_owned() }),
                }
            });
            assert_eq!((done.is_ok(), sent, waits), expected, "{why:?} {fails}");
        }
    }
}
