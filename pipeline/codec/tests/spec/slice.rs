//! A slice of states: read as it was written, and refused where it is not.

use codec::Fault;
use codec::slice::{Sent, Slice, begin_slice, decode_sent, encode_sent, write_state};

type State = (Vec<u8>, Option<Vec<u8>>);

fn states() -> Vec<State> {
    vec![
        (b"jann".to_vec(), Some(vec![7; 300])),
        (b"kann".to_vec(), None),
        (b"w".to_vec(), Some(Vec::new())),
        (Vec::new(), Some(vec![0])),
    ]
}

fn written() -> Vec<u8> {
    let mut bytes = Vec::new();
    begin_slice(u64::MAX, 12, &mut bytes);
    for (key, value) in states() {
        write_state(&key, value.as_deref(), &mut bytes);
    }
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<State>, Fault> {
    let mut found = Vec::new();
    let slice = Slice::decode(bytes)?;
    slice.states(&mut |key, value| found.push((key.to_vec(), value.map(<[u8]>::to_vec))))?;
    Ok(found)
}

#[test]
fn a_slice_is_read_as_it_was_written_an_empty_value_apart_from_none() {
    let bytes = written();
    let slice = Slice::decode(&bytes).expect("a slice");
    assert_eq!((slice.name, slice.low), (u64::MAX, 12));
    assert_eq!(read(&bytes), Ok(states()));
}

#[test]
fn a_slice_that_ends_anywhere_else_is_whole_up_to_a_state_or_refused() {
    let bytes = written();
    for end in 0..bytes.len() {
        match read(&bytes[..end]) {
            Ok(found) => assert_eq!(found, states()[..found.len()], "{end}"),
            Err(fault) => assert!(matches!(fault, Fault::Ends { .. }), "{end}: {fault}"),
        }
    }
}

#[test]
fn which_slice_was_sent_is_read_as_it_was_written() {
    for sent in [Sent::default(), Sent { generation: u32::MAX, name: 1 << 63 }] {
        let mut bytes = Vec::new();
        encode_sent(sent, &mut bytes);
        assert_eq!(decode_sent(&bytes), Ok(sent));
        bytes.push(0);
        assert!(decode_sent(&bytes).is_err());
    }
    assert!(matches!(decode_sent(&[9; 13]), Err(Fault::Version { found: 9, .. })));
    assert!(matches!(Slice::decode(&[9; 17]), Err(Fault::Version { found: 9, .. })));
}
