//! The tables of zones: known changes of offset, and every zone against the database.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use model::{Timestamp, Zone};
use rules::zone;

/// Checks how a zone prints instants given in UTC.
#[track_caller]
fn check(name: &str, rows: &[(&str, &str)]) {
    let zone = zone(name).unwrap();
    for (utc, local) in rows {
        let at = Timestamp::parse_rfc3339(utc).unwrap();
        assert_eq!(zone.format(at), *local, "{name} at {utc}");
    }
}

#[test]
fn berlin_changes_its_clocks_in_march_and_october() {
    check(
        "Europe/Berlin",
        &[
            ("1990-01-01T00:00:00Z", "1990-01-01T01:00:00+01:00"),
            ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"),
            ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
            ("2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"),
        ],
    );
}

#[test]
fn kolkata_is_half_an_hour_off_and_never_changes() {
    check(
        "Asia/Kolkata",
        &[
            ("1990-01-01T00:00:00Z", "1990-01-01T05:30:00+05:30"),
            ("2026-03-29T01:00:00Z", "2026-03-29T06:30:00+05:30"),
            ("2199-12-31T00:00:00Z", "2199-12-31T05:30:00+05:30"),
        ],
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    check(
        "Australia/Lord_Howe",
        &[
            ("2026-04-04T14:59:59Z", "2026-04-05T01:59:59+11:00"),
            ("2026-04-04T15:00:00Z", "2026-04-05T01:30:00+10:30"),
            ("2026-10-03T15:29:59Z", "2026-10-04T01:59:59+10:30"),
            ("2026-10-03T15:30:00Z", "2026-10-04T02:30:00+11:00"),
        ],
    );
}

#[test]
fn an_unknown_name_has_no_zone() {
    for name in ["", "Berlin", "europe/berlin", "Europe/Atlantis", "+01:00"] {
        assert_eq!(zone(name), None, "{name}");
    }
}

#[test]
fn every_zone_agrees_with_the_database_every_hour_of_the_years_that_had_odd_changes() {
    let hours = (631_152_000_000..1_798_761_600_000_i64).step_by(3_600_000);
    for tz in ["Africa/Casablanca", "Antarctica/Casey", "Asia/Gaza", "America/St_Johns"] {
        let tz: Tz = tz.parse().unwrap();
        let table = zone(tz.name()).unwrap();
        hours.clone().for_each(|at| agrees(&table, tz, at));
    }
}

#[test]
fn every_zone_of_the_database_agrees_with_it_on_every_day() {
    let days = (631_152_000_000..4_102_444_800_000_i64).step_by(86_400_000 * 3);
    for tz in TZ_VARIANTS {
        let table = zone(tz.name()).unwrap();
        days.clone().for_each(|at| agrees(&table, tz, at));
    }
}

#[track_caller]
fn agrees(table: &Zone, tz: Tz, at: i64) {
    let utc = DateTime::from_timestamp_millis(at).unwrap().naive_utc();
    let offset = i64::from(tz.offset_from_utc_datetime(&utc).fix().local_minus_utc());
    let ours = table.local_millis(Timestamp::from_millis(at)) - at;
    assert_eq!(ours, offset * 1_000, "{} at {utc}", tz.name());
}
