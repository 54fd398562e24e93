//! The touchpoints that arrive.

/// Numbers from a seed, SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % limit
    }
}

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
