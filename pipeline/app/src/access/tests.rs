//! Keys, sessions and links: what opens, for how long, and what is written of it.

use super::ledger::{LINK_LASTS, MOST, SESSION_LASTS};
use super::*;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(1_000 * seconds).expect("a time"))
}

const DAY: u64 = 24 * 3_600;

#[test]
fn a_key_opens_until_it_is_revoked_also_for_who_read_it_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (instance, command) = (Access::of(&data), Access::of(&data));
    let mut keys = Vec::new();
    for right in Right::ALL {
        let key = Token::key(right).expect("a key");
        assert_eq!(instance.right(key.text()), None, "not yet");
        let add = |ledger: &mut Ledger| ledger.add_key(right, "a", key.digest(), clock::wall());
        let id = command.change(add).expect("written").expect("room");
        keys.push((right, key, id));
    }
    for (right, key, _) in &keys {
        assert_eq!(instance.right(key.text()), Some(*right));
        assert_eq!(instance.right(&key.text().to_uppercase()), None);
        assert!(!instance.has_session(key.text()), "a key is no session");
    }
    let (_, revoked, id) = &keys[1];
    assert!(command.change(|ledger| ledger.revoke(id)).expect("written"));
    assert!(!command.change(|ledger| ledger.revoke(id)).expect("written"), "once");
    assert_eq!(instance.right(revoked.text()), None);
    assert_eq!(instance.right(keys[2].1.text()), Some(Right::Admin), "the others stay");
}

#[test]
fn only_hashes_are_written_and_only_the_owner_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let access = Access::of(folder.path());
    let (key, link) = (Token::key(Right::Read).expect("a key"), Token::new().expect("a link"));
    access
        .change(|ledger| {
            ledger.add_link(link.digest(), clock::wall());
            ledger.add_key(Right::Read, "a", key.digest(), clock::wall())
        })
        .expect("written");
    let session = access.redeem(link.text()).expect("a session");
    assert!(access.has_session(&session.text));
    let path = folder.path().join(FILE);
    let text = std::fs::read_to_string(&path).expect("a text");
    for secret in [key.text(), link.text(), &session.text] {
        assert!(!text.contains(secret));
    }
    let mode = std::fs::metadata(&path).expect("its data").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_link_works_once_and_not_for_long() {
    let (link, other) = (Digest::of("link"), Digest::of("other"));
    let (last, late) = (LINK_LASTS.as_secs() - 1, LINK_LASTS.as_secs());
    for (when, works) in [(0, true), (last, true), (late, false), (DAY, false)] {
        let mut ledger = Ledger::default();
        ledger.add_link(link, at(DAY));
        assert!(!ledger.redeem(&other, Digest::of("s"), at(DAY)), "another one");
        assert_eq!(ledger.redeem(&link, Digest::of("s"), at(DAY + when)), works, "{when}");
        assert_eq!(ledger.has_session(&Digest::of("s"), at(DAY + when)), works, "{when}");
        assert!(!ledger.redeem(&link, Digest::of("t"), at(DAY + when)), "{when}: once");
        assert!(!ledger.has_session(&Digest::of("t"), at(DAY + when)), "{when}");
    }
    let mut ledger = Ledger::default();
    ledger.add_link(link, at(DAY));
    assert!(!ledger.redeem(&link, Digest::of("s"), at(DAY - 1)), "from a time to come");
}

#[test]
fn a_session_ends_by_itself_or_when_it_is_revoked() {
    let mut ledger = Ledger::default();
    let (link, hash, lasts) = (Digest::of("link"), Digest::of("s"), SESSION_LASTS.as_secs());
    ledger.add_link(link, at(0));
    assert!(ledger.redeem(&link, hash, at(0)));
    assert!(ledger.has_session(&hash, at(lasts - 1)));
    assert!(!ledger.has_session(&hash, at(lasts)));
    assert!(ledger.right(&hash, at(1)).is_none(), "a session is no key");
    let id = ledger.sessions[0].id.clone();
    assert!(ledger.revoke(&id));
    assert!(!ledger.has_session(&hash, at(1)));
}

#[test]
fn there_are_never_too_many() {
    let mut ledger = Ledger::default();
    for number in 0..MOST + 5 {
        let hash = Digest::of(&number.to_string());
        let is_room = ledger.add_key(Right::Read, "", hash, at(0)).is_some();
        assert_eq!(is_room, number < MOST, "{number}");
        ledger.add_link(hash, at(0));
        let link = Digest::of(&format!("link {number}"));
        ledger.add_link(link, at(0));
        assert!(ledger.redeem(&link, hash, at(0)));
    }
    assert_eq!((ledger.keys.len(), ledger.sessions.len()), (MOST, MOST));
    assert!(!ledger.has_session(&Digest::of("0"), at(0)), "the oldest is gone");
    assert!(ledger.has_session(&Digest::of(&(MOST + 4).to_string()), at(0)));
    assert!(!ledger.has_link(&Digest::of("0"), at(0)), "the oldest is gone");
    assert!(ledger.has_link(&Digest::of(&(MOST + 4).to_string()), at(0)));
}

#[test]
fn when_a_key_was_used_is_written_once_a_day() {
    let mut ledger = Ledger::default();
    let hash = Digest::of("key");
    ledger.add_key(Right::Ingest, "website", hash, at(0)).expect("room");
    for (when, is_noted) in [(DAY, false), (DAY + 1, true), (2 * DAY - 1, true), (2 * DAY, false)] {
        let (right, is_of_today) = ledger.right(&hash, at(when)).expect("a key");
        assert_eq!((right, is_of_today), (Right::Ingest, is_noted), "{when}");
        ledger.used(&hash, at(when));
    }
    // And by the instance, at its first use.
    let folder = tempfile::tempdir().expect("a folder");
    let (access, key) = (Access::of(folder.path()), Token::key(Right::Read).expect("a key"));
    let add = |ledger: &mut Ledger| ledger.add_key(Right::Read, "", key.digest(), clock::wall());
    access.change(add).expect("written");
    assert_eq!(access.ledger().expect("keys").keys[0].used, None);
    access.right(key.text()).expect("a right");
    assert!(Access::of(folder.path()).ledger().expect("keys").keys[0].used.is_some());
}

#[test]
fn with_a_file_that_cannot_be_read_nobody_comes_in_and_nothing_is_overwritten() {
    for text in ["", "{", "[]", r#"{"keys":[],"sessions":[],"links":[],"more":1}"#] {
        let folder = tempfile::tempdir().expect("a folder");
        let own = Token::new().expect("a token");
        let access = Access::with_own(folder.path(), &own);
        let key = Token::key(Right::Read).expect("a key");
        let add =
            |ledger: &mut Ledger| ledger.add_key(Right::Read, "", key.digest(), clock::wall());
        access.change(add).expect("written");
        assert_eq!(access.right(key.text()), Some(Right::Read));
        let path = folder.path().join(FILE);
        std::fs::write(&path, text).expect("a file");
        assert_eq!(access.right(key.text()), None, "{text}");
        let error = access.change(|_| ()).expect_err(text).to_string();
        assert!(error.ends_with("[D0760]"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("a text"), text, "untouched");
        // Whoever reads the folder still does, or nobody could mend it while it runs.
        assert_eq!(access.right(own.text()), Some(Right::Admin));
    }
}

/// `sudo desirepath link` beside a service, which runs as a user of its own.
#[test]
fn what_root_writes_belongs_to_the_owner_of_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    // Whoever is not root cannot give a folder away, nor write into that of another.
    if std::os::unix::fs::chown(folder.path(), Some(65_534), Some(65_534)).is_err() {
        return;
    }
    let access = Access::of(folder.path());
    for _ in 0..2 {
        access.change(|ledger| ledger.add_link(Digest::of("a"), at(0))).expect("written");
        for name in [FILE, LOCK] {
            let written = std::fs::metadata(folder.path().join(name)).expect("its data");
            assert_eq!((written.uid(), written.gid()), (65_534, 65_534), "{name}");
            assert_eq!(written.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
}

#[test]
fn changes_of_several_at_once_all_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let data = folder.path();
            scope.spawn(move || {
                let access = Access::of(data);
                for number in 0..10 {
                    let hash = Digest::of(&format!("{thread} {number}"));
                    let add = |ledger: &mut Ledger| ledger.add_key(Right::Read, "", hash, at(0));
                    access.change(add).expect("written");
                }
            });
        }
    });
    assert_eq!(Access::of(folder.path()).ledger().expect("keys").keys.len(), 40);
    assert_eq!(LINK_LASTS, Duration::from_secs(900));
}
