//! The touchpoints that arrive.

pub use tests::Random;

/// Customer and JSON of the n-th touchpoint.
pub fn touchpoint(random: &mut Random, number: u64) -> (String, String) {
    const KINDS: [&str; 7] = [
        "page_viewed",
        "enquiry_received",
        "quote_sent",
        "booking_made",
        "purchase_made",
        "lost",
        "message_received",
    ];
    let customer = format!("c{}", random.below(40));
    let kind = KINDS[random.below(KINDS.len() as u64) as usize];
    let channel = ["chat", "email", "store"][random.below(3) as usize];
    // A twentieth are duplicates of an earlier one.
    let id = if random.below(20) == 0 { random.below(number + 1) } else { number };
    let time = 1_767_571_200_000 + random.below(4_000) * 3_600_000;
    let value = r#"{"amount_minor":1900,"currency":"EUR"}"#;
    let id = format!(r#""event_id":"e{id}","customer_id":"{customer}","time":{time}"#);
    let json = format!(r#"{{{id},"channel":"{channel}","kind":"{kind}","value":{value}}}"#);
    (customer, json)
}
