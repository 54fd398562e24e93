//! Delta frames there and back.

use codec::{DeltaCell, DeltaFrame, Fault};
use model::{CounterKey, Timestamp};

pub fn sample() -> DeltaFrame<'static> {
    let cell = |series, pane, currency, amount| DeltaCell { series, pane, currency, amount };
    DeltaFrame {
        partition: 3,
        position: u64::MAX,
        as_of: Timestamp::from_millis(1_774_430_043_120),
        sequence: 81_734,
        map: "default",
        version: 1,
        fold: 1,
        series: vec!["flow|stage=awareness|channel=chat|entry=first|outcome=open", "admission|"],
        cells: vec![
            cell(0, 29_573_820, "", 12),
            cell(0, -1, "EUR", i64::MIN),
            cell(1, CounterKey::TOTAL, "", -1),
            cell(1, i32::MAX, "JPY", i64::MAX),
            cell(1, i32::MIN + 1, "", 0),
        ],
    }
}

#[test]
fn a_delta_frame_is_read_as_it_was_written() {
    let idle = DeltaFrame { series: vec![], cells: vec![], as_of: Timestamp::NEVER, ..sample() };
    for frame in [sample(), idle] {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        assert_eq!(DeltaFrame::decode(&bytes).unwrap(), frame);
        for end in 0..bytes.len() {
            assert!(DeltaFrame::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        bytes.push(0);
        assert!(matches!(DeltaFrame::decode(&bytes), Err(Fault::Trailing { left: 1, .. })));
    }
}

#[test]
fn a_delta_frame_that_cannot_be_true_is_refused() {
    assert_eq!(DeltaFrame::decode(&[9]), Err(Fault::Version { found: 9, known: 1 }));
    let series = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0];
    assert_eq!(DeltaFrame::decode(&series), Err(Fault::Series { index: 5, count: 0 }));
    let count = [1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f];
    assert!(matches!(DeltaFrame::decode(&count), Err(Fault::Ends { .. })));
}
