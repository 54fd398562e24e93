//! Credit for conversions by channel: hand-sized cases, intervals in closed form, costs, verdicts.

use crate::books::{at, books, days, map, so_far};
use insight::report::{CreditRow, Credits, Estimate, Query, credits};
use model::{Civil, Cost, CreditRule, Family, Group};

/// Two conversions, one of a path over advertisements and chat.
pub const BOOKS: &str = "
    credit linear · ads · first · 3 = 500000 2450 EUR
    credit linear · chat · first · 3 = 500000 2450 EUR
    credit linear · chat · again · 7 = 1000000 100 EUR
    credit same_touch · store · first · 3 = 1000000 4900 EUR
    credit same_touch · store · again · 7 = 1000000 100 EUR
    credit 1d 2026-03-25 linear · chat · again · 7 = 1000000 100 EUR
    credit 1d 2026-03-25 same_touch · store · again · 7 = 1000000 100 EUR
    markov start · ads · first · 3 = 1
    markov ads · chat · first · 3 = 1
    markov chat · conversion · first · 3 = 1
    markov start · chat · again · 7 = 1
    markov chat · conversion · again · 7 = 1
    markov 1d 2026-03-25 start · chat · again · 7 = 1
    markov 1d 2026-03-25 chat · conversion · again · 7 = 1
";

fn of(model: &str, query: Query) -> Query {
    Query { model: Some(model.to_owned()), ..query }
}

fn ask(text: &str, query: &Query, costs: &[Cost]) -> Credits {
    let books = books(text);
    credits(&map(), books.iter(), query, costs).expect("credits").expect("families")
}

fn row<'a>(credits: &'a Credits, channel: &str) -> &'a CreditRow {
    let row = credits.rows.iter().find(|row| row.channel == channel);
    row.unwrap_or_else(|| panic!("no {channel} in {credits:?}"))
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[track_caller]
fn check(steps: &str, conversions: i64, expected: &[(&str, f64, f64)]) {
    let credits = ask(steps, &so_far(), &[]);
    assert_eq!(credits.conversions, conversions);
    assert_eq!(credits.model.name(), "markov");
    assert_eq!(credits.rows.len(), expected.len());
    for (channel, credited, effect) in expected {
        let row = row(&credits, channel);
        near(row.credited.value, *credited);
        near(row.removal_effect.expect("an effect").value, *effect);
    }
}

#[test]
fn hand_sized_paths_are_credited_exactly() {
    // ads > chat > email converts; ads, and chat > email, do not.
    let three = "
        markov start · ads · first · 1 = 2
        markov ads · chat · first · 1 = 1
        markov ads · null · first · 1 = 1
        markov start · chat · first · 1 = 1
        markov chat · email · first · 1 = 2
        markov email · conversion · first · 1 = 1
        markov email · null · first · 1 = 1";
    check(three, 1, &[("chat", 0.4, 1.0), ("email", 0.4, 1.0), ("ads", 0.2, 0.5)]);
    let rate = ask(three, &so_far(), &[]).rate.expect("a rate");
    assert_eq!((rate.part, rate.whole), (1, 3));
    // A>B>A>B>B>A, A>B>B>A>A and A>A convert: where others simulate 1.991 and 1.009.
    let two = "
        markov start · ads · first · 1 = 3
        markov ads · chat · first · 1 = 3
        markov chat · ads · first · 1 = 3
        markov chat · chat · first · 1 = 2
        markov ads · ads · first · 1 = 2
        markov ads · conversion · first · 1 = 3";
    check(two, 3, &[("ads", 2.0, 1.0), ("chat", 1.0, 0.5)]);
}

#[test]
fn what_came_before_matters_only_to_higher_orders() {
    // store converts after ads, and never after chat.
    let steps = "
        markov start · ads · first · 1 = 2
        markov start · chat · first · 1 = 2
        markov ads · store · first · 1 = 2
        markov chat · store · first · 1 = 2
        markov store · conversion · first · 1 = 2
        markov store · null · first · 1 = 2
        chain start · ads · first · 1 = 2
        chain start · chat · first · 1 = 2
        chain ads · store · first · 1 = 2
        chain chat · store · first · 1 = 2
        chain ads>store · conversion · first · 1 = 2
        chain chat>store · null · first · 1 = 2";
    for (model, expected) in
        [("markov", [0.5, 0.5, 1.0]), ("markov_2", [1.0, 0.0, 1.0]), ("markov_3", [1.0, 0.0, 1.0])]
    {
        let credits = ask(steps, &of(model, so_far()), &[]);
        for (channel, expected) in ["ads", "chat", "store"].into_iter().zip(expected) {
            near(row(&credits, channel).credited.value, expected);
        }
    }
    let books = books(steps);
    let period = of("markov_3", days("2026-03-20", "2026-03-25"));
    let mistake = credits(&map(), books.iter(), &period, &[]).expect_err("a mistake");
    assert!(mistake.to_string().contains("over all time only"), "{mistake}");
}

#[test]
fn shapley_shares_by_how_much_more_often_paths_convert_with_a_channel() {
    // ads alone 1 of 10, chat alone 1 of 4, both 2 of 6.
    let sets = "
        coalition ads · conversion · first · 1 = 1
        coalition ads · null · first · 1 = 9
        coalition chat · conversion · first · 1 = 1
        coalition chat · null · first · 1 = 3
        coalition ads+chat · conversion · first · 1 = 2
        coalition ads+chat · null · first · 1 = 4
        coalition none · null · again · 1 = 50
        markov start · ads · first · 1 = 4
        markov ads · conversion · first · 1 = 4";
    let credits = ask(sets, &of("shapley", so_far()), &[]);
    assert_eq!(credits.conversions, 4);
    // The six of both, were they of one alone, would convert as often as those.
    let (ads, chat) = (1.0 + 6.0 * 0.1, 1.0 + 6.0 * 0.25);
    near(row(&credits, "ads").credited.value, 0.5 * ads + 0.5 * (4.0 - chat));
    near(row(&credits, "chat").credited.value, 0.5 * chat + 0.5 * (4.0 - ads));
}

#[test]
fn beyond_twelve_channels_shapley_is_drawn_and_its_error_is_in_the_interval() {
    let mut text = String::new();
    for group in 0..Group::COUNT {
        for channel in 0..14 {
            let converted = i64::from(channel == group % 7);
            text +=
                &format!("coalition c{channel:02} · conversion · first · {group} = {converted}\n");
            text += &format!("coalition c{channel:02} · null · first · {group} = 5\n");
        }
        text += &format!("coalition c00+c01+c02 · conversion · first · {group} = 1\n");
        text += &format!("markov start · c00 · first · {group} = 2\n");
        text += &format!("markov c00 · conversion · first · {group} = 2\n");
    }
    let credits = ask(&text, &of("shapley", so_far()), &[]);
    let again = ask(&text, &of("shapley", so_far()), &[]);
    assert_eq!(credits, again, "the same orders are drawn");
    let all: f64 = credits.rows.iter().map(|row| row.credited.value).sum();
    assert!((all - credits.conversions as f64).abs() < 1e-6, "{all}");
    let last = row(&credits, "c05").credited;
    let interval = last.interval.expect("an interval");
    assert!(interval.low < last.value && last.value < interval.high, "{last:?}");
}

#[test]
fn a_model_of_ones_own_is_there_where_the_map_has_one() {
    let books = books(
        "credit custom · chat · first · 3 = 1000000
        credit same_touch · store · first · 3 = 1000000",
    );
    let query = of("custom", so_far());
    let mistake = credits(&map(), books.iter(), &query, &[]).expect_err("a mistake").to_string();
    assert!(mistake.starts_with("no model is called \"custom\""), "{mistake}");
    let mut map = map();
    map.credit_custom = Some([30, 20, 50]);
    let found = credits(&map, books.iter(), &query, &[]).expect("credits").expect("credit");
    near(row(&found, "chat").credited.value, 1.0);
}

/// A conversion in each group, to advertisements in one half of them and to chat in the other,
/// whatever the model.
fn halves() -> String {
    let mut text = String::new();
    for group in 0..Group::COUNT {
        let touched = if group < Group::COUNT / 2 { "ads" } else { "chat" };
        for rule in CreditRule::ALL.iter().filter(|rule| **rule != CreditRule::Custom) {
            let channel = if *rule == CreditRule::SameTouch { "store" } else { touched };
            let model = rule.word();
            text += &format!("credit {model} · {channel} · first · {group} = 1000000 1000 EUR\n");
        }
    }
    text
}

#[test]
fn an_interval_is_that_of_leaving_out_one_group_of_customers_after_the_other() {
    let credits = ask(&halves(), &of("last", so_far()), &[]);
    assert_eq!(credits.conversions, 32);
    let ads = row(&credits, "ads");
    near(ads.credited.value, 16.0);
    // Half of them, with an error of 0.5 / √31, by Student with 31 degrees of freedom.
    let half = 32.0 * 2.039_513_446_396_408 * 0.5 / 31.0_f64.sqrt();
    let interval = ads.credited.interval.expect("an interval");
    near(interval.low, 16.0 - half);
    near(interval.high, 16.0 + half);
    // Whoever looks every day has a wider one.
    let watched = ads.watched.interval.expect("a watched interval");
    assert!(watched.low < interval.low && interval.high < watched.high, "{watched:?}");
    let money = ads.money["EUR"];
    near(money.value, 16_000.0);
    near(money.interval.expect("an interval").low, 1_000.0 * (16.0 - half));
    assert_eq!((ads.first, ads.last, ads.took_part), (Some(16), Some(16), Some(16)));
}

#[test]
fn all_or_nothing_has_the_interval_of_a_count() {
    let credits = ask(&halves(), &of("same_touch", so_far()), &[]);
    let store = row(&credits, "store").credited;
    near(store.value, 32.0);
    let interval = store.interval.expect("an interval");
    assert!(28.0 < interval.low && interval.low < 29.0 && interval.high == 32.0, "{interval:?}");
    let ads = row(&credits, "ads").credited.interval.expect("an interval");
    assert!(ads.low == 0.0 && 3.0 < ads.high && ads.high < 4.0, "{ads:?}");
}

#[test]
fn where_one_group_has_everything_nothing_is_said_of_how_sure_it_is() {
    let credits = ask(BOOKS, &of("linear", days("2026-03-25", "2026-03-25")), &[]);
    assert_eq!(credits.conversions, 1);
    let chat = row(&credits, "chat");
    assert_eq!(chat.credited, Estimate { value: 1.0, interval: None });
    assert_eq!((chat.verdict.word(), chat.verdict.more()), ("not enough data", None));
}

#[test]
fn credit_is_of_the_windows_that_are_asked_for() {
    let credits = ask(BOOKS, &of("linear", so_far()), &[]);
    assert_eq!(credits.conversions, 2);
    near(row(&credits, "ads").credited.value, 0.5);
    near(row(&credits, "chat").credited.value, 1.5);
    near(row(&credits, "chat").money["EUR"].value, 2_550.0);
    // What converts and was no touch before has a row and no credit.
    near(row(&credits, "store").credited.value, 0.0);
    let rate = credits.rate.expect("a rate");
    assert_eq!((rate.part, rate.whole), (1, 1), "who had converted before is not asked again");
}

fn cost(date: &str, channel: &str, amount_minor: i64) -> Cost {
    let (date, currency) = (Civil::parse(date).expect("a date"), "EUR".to_owned());
    Cost { date, channel: channel.to_owned(), currency, amount_minor }
}

#[test]
fn what_a_channel_has_cost_stands_beside_what_it_is_credited_with() {
    let costs = [
        cost("2026-01-01", "ads", 6_000),
        cost("2026-03-25", "ads", 2_000),
        cost("2026-03-26", "ads", 77_700),
        cost("2026-03-01", "fax", 900),
        cost("2026-03-01", "payment", 500),
    ];
    let query = of("last", so_far());
    let credits = ask(&halves(), &query, &costs);
    let ads = row(&credits, "ads");
    // What is dated after as_of has not been spent yet.
    assert_eq!(ads.cost.as_ref().map(|cost| cost["EUR"]), Some(8_000));
    let each = ads.cost_per_conversion.as_ref().expect("a cost")["EUR"];
    near(each.value, 500.0);
    let (credited, each) = (ads.credited.interval.expect("it"), each.interval.expect("it"));
    near(each.low, 8_000.0 / credited.high);
    near(each.high, 8_000.0 / credited.low);
    assert_eq!(row(&credits, "chat").cost, None, "nobody has said what it cost");
    // What the map does not know counts as other; what has no credit has no cost by conversion.
    assert_eq!(row(&credits, "other").cost.as_ref().map(|cost| cost["EUR"]), Some(900));
    assert_eq!(row(&credits, "payment").cost_per_conversion, None);
    let period = of("linear", days("2026-03-20", "2026-03-25"));
    let credits = ask(BOOKS, &period, &costs);
    assert_eq!(row(&credits, "ads").cost.as_ref().map(|cost| cost["EUR"]), Some(2_000));
}

#[test]
fn touchpoints_whose_kind_is_a_cost_are_costs() {
    let mut map = map();
    let kind = map.kinds.iter_mut().find(|kind| kind.name == "ad_clicked").expect("a kind");
    kind.money = model::MoneyRole::Cost;
    let text = format!("{} activity none · ads · ad_clicked = 40 1200 EUR", halves());
    let books = books(&text);
    let query = of("last", so_far());
    let found = credits(&map, books.iter(), &query, &[]).expect("credits").expect("families");
    let ads = row(&found, "ads");
    assert_eq!(ads.cost.as_ref().map(|cost| cost["EUR"]), Some(1_200));
    assert_eq!(ads.touchpoints, Some(40));
}

#[test]
fn a_verdict_says_what_can_be_made_of_it() {
    // By the last touch half of them each; by the first one, all to advertisements.
    let text = halves().replace("credit first · chat", "credit first · ads");
    let credits = ask(&text, &of("last", so_far()), &[]);
    let (ads, chat) = (row(&credits, "ads"), row(&credits, "chat"));
    assert_eq!(chat.models, Some((0.0, 16.0)));
    assert_eq!(chat.verdict.word(), "models disagree");
    assert_eq!(ads.models, Some((16.0, 32.0)));
    assert_eq!(ads.verdict.word(), "clear", "twice is not more than twice");
    // One conversion in thirty-two: how many more there must be is said.
    assert_eq!(row(&credits, "store").verdict.word(), "no credit");
    let rare = halves().replacen("last · chat", "last · sms", 1);
    let credits = ask(&rare, &of("last", so_far()), &[]);
    let sms = row(&credits, "sms");
    assert_eq!(sms.verdict.word(), "not enough data");
    let more = sms.verdict.more().expect("a number");
    assert!((300..600).contains(&more), "{more}");
}

#[test]
fn a_model_that_is_not_there_or_not_counted_is_refused_with_those_that_are() {
    let books = books(BOOKS);
    let ask = |map: &model::JourneyMap, name: &str| {
        let mistake = credits(map, books.iter(), &of(name, so_far()), &[]).expect_err("a mistake");
        mistake.to_string()
    };
    let told = ask(&map(), "magic");
    assert!(told.starts_with("no model is called \"magic\"; there are markov, markov_2"), "{told}");
    let mut map = map();
    map.families.retain(|family| !family.is_grouped() || *family == Family::Credit);
    assert_eq!(ask(&map, "markov"), "the map does not count markov: add it under [counters]");
    let first = credits(&map, books.iter(), &so_far(), &[]).expect("credits").expect("credit");
    assert_eq!(first.model.name(), "first");
    map.families.retain(|family| *family != Family::Credit);
    assert_eq!(credits(&map, books.iter(), &so_far(), &[]), Ok(None));
}

#[test]
fn windows_of_hours_have_no_groups_and_so_no_interval() {
    let mut map = map();
    map.sizes = vec![model::Size::Hours(1)];
    let books = books(
        "credit 1h 2026-03-25T09:00 last · chat · first · all = 2000000
         credit 1h 2026-03-25T09:00 same_touch · store · first · all = 2000000",
    );
    let query = Query { from: Some(at("2026-03-25T09:00")), ..of("last", so_far()) };
    let found = credits(&map, books.iter(), &query, &[]).expect("credits").expect("credit");
    assert_eq!(row(&found, "chat").credited, Estimate { value: 2.0, interval: None });
    assert!(found.notes.iter().any(|note| note.contains("less than a day")), "{:?}", found.notes);
}

#[test]
fn the_credit_as_its_owner_reads_it() {
    let costs = [cost("2026-03-01", "ads", 40_000)];
    let text = halves().replacen("last · chat", "last · sms", 1);
    let credits = ask(&text, &of("last", so_far()), &costs);
    let tables = credits.tables(&map().zone);
    let text: Vec<String> = tables.iter().map(|table| table.render(&map().zone)).collect();
    let text = text.join("\n");
    let expected = include_str!("credit.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
}
