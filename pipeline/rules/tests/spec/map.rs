//! What a journey map means, key by key.

use model::{By, Family, JourneyMap, Keep, Late, MoneyRole, Size, Span, TouchFilter, defaults};
use rules::{default_map, parse_map};

/// A map with these lines beside one stage.
#[track_caller]
fn map(lines: &str) -> JourneyMap {
    let stage = "[[stage]]\nname = \"first\"\nenter = [\"page_viewed\"]\ncold_after = \"7d\"\n";
    parse_map(&format!("{stage}{lines}"), "test.toml").unwrap()
}

fn names(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_default_map_has_the_stages_of_the_documentation() {
    let map = default_map();
    let stages: Vec<_> = map
        .stages
        .iter()
        .map(|stage| (stage.name.as_str(), stage.cold_after.to_string()))
        .collect();
    let expected =
        [("awareness", "14d"), ("consideration", "7d"), ("decision", "10d"), ("retention", "90d")];
    assert_eq!(stages, expected.map(|(name, span)| (name, span.to_owned())));
    assert_eq!((map.name.as_str(), map.version), ("default", 1));
    assert_eq!(map.zone.name(), "Europe/Berlin");
    assert_eq!(map.conversion, 3);
    assert_eq!(map.repeat_after, Span::from_hours(24));
}

#[test]
fn the_default_map_knows_each_kind_as_the_documentation_says() {
    let rows = [
        ("page_viewed ad_clicked email_opened", By::Customer, true, Some(0), MoneyRole::None),
        (
            "form_submitted enquiry_received message_received call_received",
            By::Customer,
            true,
            Some(1),
            MoneyRole::None,
        ),
        (
            "objection_raised booking_made trial_started",
            By::Customer,
            true,
            Some(2),
            MoneyRole::None,
        ),
        ("quote_sent", By::Business, false, Some(2), MoneyRole::None),
        ("purchase_made subscription_renewed", By::Customer, true, Some(3), MoneyRole::Revenue),
        ("appointment_kept", By::Customer, true, Some(3), MoneyRole::None),
        (
            "email_clicked booking_cancelled ticket_opened review_left referral_made",
            By::Customer,
            true,
            None,
            MoneyRole::None,
        ),
        ("unsubscribed", By::Customer, false, None, MoneyRole::None),
        ("refund_made", By::Business, false, None, MoneyRole::Refund),
        (
            "message_sent call_made follow_up_sent booking_no_show ticket_solved lost",
            By::Business,
            false,
            None,
            MoneyRole::None,
        ),
    ];
    let map = default_map();
    let mut seen = 0;
    for (words, by, keeps_warm, stage, money) in rows {
        for name in words.split(' ') {
            let kind = &map.kinds[usize::from(map.kind(name).unwrap())];
            let found = (kind.by, kind.keeps_warm, kind.stage, kind.money, kind.is_lost);
            assert_eq!(found, (by, keeps_warm, stage, money, name == "lost"), "{name}");
            seen += 1;
        }
    }
    assert_eq!(map.kinds.len(), seen);
}

#[test]
fn kinds_and_channels_ascend_by_bytes() {
    let map =
        map("[[channel]]\nname = \"Zebra\"\n[[kind]]\nname = \"Über\"\n[[kind]]\nname = \"A\"");
    assert!(map.channels.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
    assert!(map.kinds.is_sorted_by(|a, b| a.name.as_bytes() < b.name.as_bytes()));
    assert_eq!(map.channel("Zebra"), Some(0));
    assert_eq!(map.kind("Über"), Some(map.kinds.len() as u16 - 1));
}

#[test]
fn what_is_left_out_has_the_value_of_the_default_map() {
    let (map, default) = (map(""), default_map());
    assert_eq!(map.conversion, 0, "the last stage");
    let expected = JourneyMap {
        stages: map.stages.clone(),
        kinds: map.kinds.clone(),
        conversion: map.conversion,
        ..default
    };
    assert_eq!(map, expected);
    assert_eq!(map.channels.len(), defaults::CHANNELS.len());
    assert_eq!(map.sizes, [Size::Hours(1), Size::Days(1), Size::Days(7)]);
    assert_eq!((map.grace, map.late), (Span::from_hours(48), Late::Revise));
    assert_eq!((map.retention, map.touchpoints_max), (Span::NEVER, 100_000));
    assert_eq!(map.credit_direct, names(&["website"]));
    assert_eq!(map.credit_lookback, Span::NEVER);
    assert_eq!((map.credit_path, map.credit_custom), (Vec::new(), None));
    assert_eq!(map.cadence_follow_ups, names(&["follow_up_sent"]));
    assert_eq!(map.cadence_landmark, Span::from_days(7));
    assert_eq!(map.cadence_intensity, Span::from_hours(12));
}

#[test]
fn every_family_that_is_built_is_counted_by_default_save_admission() {
    let built: Vec<Family> =
        Family::ALL.into_iter().filter(|family| *family != Family::Admission).collect();
    assert_eq!(map("").families, built);
    assert_eq!(default_map().families, built);
}

#[test]
fn families_that_are_known_but_not_built_are_left_out() {
    let map = map("[counters]\nfamilies = [\"objection\", \"move\", \"admission\", \"flow\"]");
    assert_eq!(map.families, [Family::Flow, Family::Move]);
}

#[test]
fn a_map_adds_classes_of_objections_and_phrases_to_those_that_it_knows() {
    let text = "
        [[objection]]
        name = 'floor'
        phrases = ['parquet .. damaged', 'Parkett']
        [[objection]]
        name = 'price'
        phrases = ['Zaster']
        [[objection]]
        name = 'other'
    ";
    let expected = ["competitor", "convenience", "floor", "need", "price", "timing", "trust"];
    assert_eq!(map(text).objections, names(&expected));
    let read = rules::parse_objections(text, "journey.toml").expect("classes");
    let read: Vec<_> = read.iter().map(|one| (one.name.as_str(), one.phrases.len())).collect();
    assert_eq!(read, [("floor", 2), ("price", 1), ("other", 0)]);
}

#[test]
fn phrases_change_no_counter_so_they_do_not_change_the_map() {
    let phrases = |text: &str| map(&format!("[[objection]]\nname = 'price'\nphrases = {text}"));
    assert_eq!(phrases("['Zaster']"), phrases("['Moos', 'Kohle']"));
}

#[test]
fn every_setting_can_be_changed() {
    let map = map("
        [map]
        name = 'clinic'
        version = 7
        timezone = 'Asia/Kolkata'
        conversion = 'first'
        [window]
        sizes = ['7d', '2h']
        grace = '90m'
        late = 'divert'
        [history]
        retention = '730d'
        touchpoints_max = 5_000
        [credit]
        direct = ['store', 'chat', 'store']
        lookback = '30d'
        path = ['exposure', 'indirect']
        custom = [30, 20, 50]
        [cadence]
        follow_ups = ['call_made', 'follow_up_sent', 'call_made']
        landmark = '72h'
        intensity = '1d'
    ");
    assert_eq!((map.name.as_str(), map.version, map.zone.name()), ("clinic", 7, "Asia/Kolkata"));
    assert_eq!(map.sizes, [Size::Hours(2), Size::Days(7)]);
    assert_eq!((map.grace, map.late), (Span::from_millis(5_400_000), Late::Divert));
    assert_eq!((map.retention, map.touchpoints_max), (Span::from_days(730), 5_000));
    assert_eq!(map.credit_direct, names(&["chat", "store"]));
    assert_eq!(map.credit_lookback, Span::from_days(30));
    assert_eq!(map.credit_path, [TouchFilter::Exposure, TouchFilter::Indirect]);
    assert_eq!(map.credit_custom, Some([30, 20, 50]));
    assert_eq!(map.cadence_follow_ups, names(&["call_made", "follow_up_sent"]));
    assert_eq!(map.cadence_landmark, Span::from_days(3));
    assert_eq!(map.cadence_intensity, Span::from_days(1));
}

#[test]
fn keep_is_one_length_for_all_sizes_or_one_a_size() {
    let hour = Keep { size: Size::Hours(1), span: Span::from_days(400) };
    let rows: [(&str, &[Keep]); 4] = [
        ("keep = \"forever\"", &[]),
        ("keep = { \"1h\" = \"400d\", \"1d\" = \"forever\" }", &[hour]),
        ("sizes = [\"1h\"]\nkeep = \"400d\"", &[hour]),
        ("sizes = []", &[]),
    ];
    for (line, keep) in rows {
        assert_eq!(map(&format!("[window]\n{line}")).keep, keep, "{line}");
    }
}

#[test]
fn a_kind_of_the_map_is_the_customers_and_keeps_warm_until_it_says_otherwise() {
    let rows = [
        ("name = 'visit'", By::Customer, true, None, MoneyRole::None),
        ("name = 'visit'\nby = 'business'", By::Business, false, None, MoneyRole::None),
        (
            "name = 'visit'\nstage = 'first'\nmoney = 'cost'",
            By::Customer,
            true,
            Some(0),
            MoneyRole::Cost,
        ),
        ("name = 'page_viewed'\nstage = 'first'", By::Customer, true, Some(0), MoneyRole::None),
        ("name = 'purchase_made'\nmoney = 'none'", By::Customer, true, None, MoneyRole::None),
        ("name = 'call_made'\nby = 'customer'", By::Customer, true, None, MoneyRole::None),
        ("name = 'unsubscribed'\nby = 'customer'", By::Customer, false, None, MoneyRole::None),
        ("name = 'lost'\nby = 'customer'", By::Customer, false, None, MoneyRole::None),
    ];
    for (lines, by, keeps_warm, stage, money) in rows {
        let map = map(&format!("[[kind]]\n{lines}"));
        let name = lines.split('\'').nth(1).unwrap();
        let kind = &map.kinds[usize::from(map.kind(name).unwrap())];
        assert_eq!(
            (kind.by, kind.keeps_warm, kind.stage, kind.money),
            (by, keeps_warm, stage, money),
            "{lines}"
        );
    }
}

#[test]
fn a_word_in_enter_becomes_a_kind() {
    let text = "[[stage]]\nname = 'one'\nenter = ['site_visit']\ncold_after = 'never'";
    let map = parse_map(text, "test.toml").unwrap();
    let kind = &map.kinds[usize::from(map.kind("site_visit").unwrap())];
    assert_eq!((kind.by, kind.keeps_warm, kind.stage), (By::Customer, true, Some(0)));
    assert_eq!(map.stages[0].cold_after, Span::NEVER);
}

#[test]
fn the_limits_themselves_are_allowed() {
    let stages: String =
        (0..32).map(|i| format!("[[stage]]\nname = 's{i}'\ncold_after = '1d'\n")).collect();
    let kinds: String = (0..1_000 - defaults::kinds().len())
        .map(|i| format!("[[kind]]\nname = 'k{i}'\n"))
        .collect();
    let channels: String = (0..1_000 - defaults::CHANNELS.len())
        .map(|i| format!("[[channel]]\nname = 'c{i}'\n"))
        .collect();
    let name = "n".repeat(100);
    let text = format!("{stages}{kinds}{channels}[map]\nname = '{name}'");
    let map = parse_map(&text, "test.toml").unwrap();
    assert_eq!((map.stages.len(), map.kinds.len(), map.channels.len()), (32, 1_000, 1_000));
}
