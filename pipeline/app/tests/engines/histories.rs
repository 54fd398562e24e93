//! Histories of many customers, as this project and as another engine reads them.

use journey::Reading;
use model::{CurrencyId, Dictionary, Flags, SourceId, Timestamp, Touchpoint};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use tests::Random;

/// The touchpoints of each customer.
pub struct Histories {
    /// How they are read.
    pub reading: Reading,
    count: u64,
    by_customer: BTreeMap<String, Vec<Touchpoint>>,
}

impl Histories {
    pub fn new() -> Histories {
        let reading = Reading::new(rules::default_map(), Dictionary::new());
        Histories { reading, count: 0, by_customer: BTreeMap::new() }
    }

    pub fn add(&mut self, customer: &str, millis: i64, kind: &str, channel: &str) {
        let touchpoint = Touchpoint {
            identity: self.count,
            source: SourceId(0),
            time: Timestamp::from_millis(millis),
            kind: self.reading.kind_id(kind),
            channel: self.reading.channel_id(channel),
            currency: CurrencyId(0),
            amount: 0,
            subject: 0,
            label: model::Label::default(),
            flags: Flags::default(),
            revision: 0,
            position: 0,
        };
        self.by_customer.entry(customer.to_owned()).or_default().push(touchpoint);
        self.count += 1;
    }

    /// Each customer's history in order.
    pub fn in_order(&self) -> BTreeMap<&str, Vec<Touchpoint>> {
        let mut sorted = BTreeMap::new();
        for (customer, history) in &self.by_customer {
            let mut history = history.clone();
            journey::sort(&self.reading, &mut history);
            sorted.insert(customer.as_str(), history);
        }
        sorted
    }

    /// A touchpoint in words: milliseconds, kind and channel.
    pub fn words(&self, touchpoint: &Touchpoint) -> (i64, &str, &str) {
        let words = self.reading.dictionary();
        let kind = words.kinds.word(touchpoint.kind.0);
        (touchpoint.time.millis(), kind, words.channels.word(touchpoint.channel.0))
    }

    /// The rows as a file, and the table function by which ClickHouse reads it. They stand in the
    /// order of each history: under strict_deduplication with strict_once that engine's answer
    /// depends on the order of rows at one instant.
    pub fn write(&self, folder: &Path) -> String {
        let mut text = String::new();
        for (customer, history) in self.in_order() {
            for touchpoint in &history {
                let (millis, kind, channel) = self.words(touchpoint);
                writeln!(text, "{customer},{millis},{kind},{channel}").expect("text");
            }
        }
        let file = folder.join("rows.csv");
        std::fs::write(&file, text).expect("a file");
        let columns = "customer String, t UInt64, kind String, channel String";
        format!("file('{}', CSV, '{columns}')", file.display())
    }
}

/// Histories of up to a dozen touchpoints within a few minutes, many of them at one instant.
pub fn random(seed: u64, customers: u64) -> Histories {
    let mut random = Random(seed);
    let mut histories = Histories::new();
    for customer in 0..customers {
        let step = [1, 20_000, 60_000][random.below(3) as usize];
        let mut millis = 1_767_571_200_000;
        for _ in 0..random.below(13) {
            millis += random.below(4) as i64 * step;
            let kind = ["a", "b", "c", "d", "e", "x"][random.below(6) as usize];
            let channel = ["chat", "email"][random.below(2) as usize];
            histories.add(&format!("c{customer}"), millis, kind, channel);
        }
    }
    histories
}

/// The ecom data set, its pages as kinds.
pub fn ecom(text: &str) -> Histories {
    let mut histories = Histories::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let time = Timestamp::parse_rfc3339(&format!("{}Z", cells[3])).expect("a time");
        histories.add(cells[0], time.millis(), cells[2], cells[5]);
    }
    histories
}
