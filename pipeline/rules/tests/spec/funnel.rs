//! Funnels that people ask for: what their words mean, and what is said of words that mean nothing.

use model::{Funnel, FunnelCount, Order, Search, Span, WindowFunnelModes};
use rules::{FunnelMistake, KnownWords, WINDOW_DEFAULT, default_map, parse_funnel};
use std::collections::{BTreeMap, BTreeSet};

/// `name = value; name = value`, on the default map, where add_to_cart and fax have come.
fn parse(text: &str) -> Result<Funnel, FunnelMistake> {
    let pairs = text.split(';').filter(|pair| !pair.trim().is_empty());
    let words: BTreeMap<String, String> = pairs
        .map(|pair| pair.split_once('=').expect("a word and its value"))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let map = default_map();
    let kinds = BTreeSet::from(["add_to_cart".to_owned()]);
    let channels = BTreeSet::from(["fax".to_owned()]);
    parse_funnel(&words, KnownWords { map: &map, kinds: &kinds, channels: &channels })
}

#[track_caller]
fn funnel(text: &str) -> Funnel {
    parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

#[test]
fn a_step_is_kinds_stages_and_channels() {
    for (text, kinds, stages, channels) in [
        ("purchase_made", "purchase_made", &[][..], ""),
        ("enquiry_received | call_received@phone", "enquiry_received call_received", &[], "phone"),
        ("stage:decision", "", &[2], ""),
        ("stage:decision|stage:retention|add_to_cart", "add_to_cart", &[2, 3], ""),
        ("@chat|fax", "", &[], "chat fax"),
        ("*", "", &[], ""),
        ("*@chat", "", &[], "chat"),
    ] {
        let funnel = funnel(&format!("steps = {text}, purchase_made"));
        let pattern = &funnel.steps[0].pattern;
        assert_eq!(pattern.kinds.join(" "), kinds, "{text}");
        assert_eq!(pattern.stages, stages, "{text}");
        assert_eq!(pattern.channels.join(" "), channels, "{text}");
        assert_eq!(funnel.steps[0].name, text);
    }
}

#[test]
fn what_is_not_said_is_the_plain_funnel() {
    let funnel = funnel("steps = enquiry_received, purchase_made");
    assert_eq!(funnel.window, WINDOW_DEFAULT);
    assert!(funnel.exclusions.is_empty() && !funnel.holds_subject);
    let plain = Search::Ways {
        order: Order::Sequential,
        count: FunnelCount::Uniques,
        has_reentry: true,
        removes_excluded: false,
    };
    assert_eq!(funnel.search, plain);
}

#[test]
fn each_word_changes_one_thing() {
    let said = funnel(
        "steps = page_viewed, enquiry_received, quote_sent, purchase_made; order = strict; \
         window = 12h; count = totals; reentry = off; optional = 2,3; hold = subject; \
         exclude = lost, refund_made|unsubscribed:2-3; excluded = remove",
    );
    assert_eq!(said.window, Span::from_hours(12));
    assert!(said.holds_subject);
    assert_eq!(
        said.steps.iter().map(|s| s.is_optional).collect::<Vec<_>>(),
        [false, true, true, false]
    );
    let ranges: Vec<(u8, u8)> = said.exclusions.iter().map(|e| (e.after, e.before)).collect();
    assert_eq!(ranges, [(1, 4), (2, 3)]);
    assert_eq!(said.exclusions[1].pattern.kinds, ["refund_made", "unsubscribed"]);
    let search = Search::Ways {
        order: Order::Strict,
        count: FunnelCount::Totals,
        has_reentry: false,
        removes_excluded: true,
    };
    assert_eq!(said.search, search);
    assert_eq!(funnel("steps = *; window = never").window, Span::NEVER);
    let plain = funnel("steps = *; mode = windowFunnel");
    assert_eq!(plain.search, Search::WindowFunnel(WindowFunnelModes::default()));
    let modes = funnel("steps = *; mode = windowFunnel:strict_order, allow_reentry").search;
    let Search::WindowFunnel(modes) = modes else { panic!("{modes:?}") };
    assert_eq!(modes.names().collect::<Vec<_>>(), ["strict_order", "allow_reentry"]);
}

#[test]
fn a_word_that_means_nothing_is_refused_with_its_fix() {
    let many = vec!["*"; 33].join(", ");
    for (text, says) in [
        ("", "needs its steps"),
        ("order = strict", "needs its steps"),
        ("steps = purchase_mode", "did you mean \"purchase_made\"?"),
        ("steps = add_to_card", "did you mean \"add_to_cart\"?"),
        ("steps = zzz", "there are"),
        ("steps = stage:decisoin", "no stage is called \"decisoin\": did you mean \"decision\"?"),
        ("steps = *@chatt", "no channel is called \"chatt\": did you mean \"chat\"?"),
        ("steps = *@telex", "fax"),
        ("steps = page_viewed,, purchase_made", "steps 2 is empty"),
        (&format!("steps = {many}"), "33 parts; 32 are the most"),
        (&format!("steps = *; exclude = {many}"), "33 parts; 32 are the most"),
        ("steps = *, *; order = reverse", "sequential, strict or any"),
        ("steps = *, *; count = sessions", "uniques or totals"),
        ("steps = *, *; reentry = yes", "on or off"),
        ("steps = *, *; hold = product", "subject"),
        ("steps = *, *; window = 30", "with its unit"),
        ("steps = *, *; window = 0d", "with its unit"),
        ("steps = *, *, *; optional = 1", "between the first and the last"),
        ("steps = *, *, *; optional = 3", "between the first and the last"),
        ("steps = *, *, *; optional = two", "between the first and the last"),
        ("steps = *, *; exclude = lost:1-3", "two of the 2 steps"),
        ("steps = *, *; exclude = lost:2-2", "two of the 2 steps"),
        ("steps = *, *; exclude = lost:0-1", "two of the 2 steps"),
        ("steps = *; exclude = lost", "two of the 1 steps"),
        ("steps = *, *; exclude = lots", "did you mean \"lost\"?"),
        ("steps = *, *; excluded = remove", "nothing is excluded"),
        ("steps = *, *, *; order = any; optional = 2", "do not go together"),
        ("steps = *, *, *; order = any; exclude = lost:1-2", "do not go together"),
        ("steps = *, *; order = any; exclude = lost; excluded = remove", "do not go together"),
        ("steps = *, *; order = any; count = totals; reentry = on", "do not go together"),
        ("steps = *; mode = levels", "strict_deduplication"),
        ("steps = *; mode = windowFunnel:strict", "strict_deduplication"),
        ("steps = *; mode = windowFunnel:allow_reentry", "which only strict_order minds"),
        ("steps = *; mode = windowFunnel; count = totals", "counts each customer once"),
        ("steps = *; mode = windowFunnel; order = any", "has its own modes"),
        ("steps = *, *, *; mode = windowFunnel; optional = 2", "has its own modes"),
        ("step = *", "says nothing about a funnel"),
    ] {
        let mistake = parse(text).expect_err(text).to_string();
        assert!(mistake.contains(says), "{text}: {mistake}");
    }
}

#[test]
fn thirty_two_steps_are_a_funnel() {
    assert_eq!(funnel(&format!("steps = {}", vec!["*"; 32].join(","))).steps.len(), 32);
}
