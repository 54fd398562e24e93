//! The journey maps of the simulation: the usual one, and small ones in which much is due.

use model::JourneyMap;
use std::sync::OnceLock;

const SHORT: &str = r#"
[map]
name = "short"
timezone = "Europe/Berlin"

[[stage]]
name = "seen"
enter = ["page_viewed", "message_received"]
cold_after = "6h"

[[stage]]
name = "asked"
enter = ["enquiry_received", "booking_made"]
cold_after = "1d"

[[stage]]
name = "bought"
enter = ["purchase_made"]
cold_after = "never"
repeat_after = "2h"

[window]
sizes = ["1h", "1d"]
grace = "2h"
late = "divert"

[cadence]
landmark = "3h"
"#;

const STRICT: &str = r#"
[map]
name = "strict"
timezone = "America/Sao_Paulo"

[[stage]]
name = "asked"
enter = ["page_viewed", "enquiry_received", "message_received"]
cold_after = "90m"

[[stage]]
name = "bought"
enter = ["purchase_made", "quote_sent"]
cold_after = "2d"
repeat_after = "1h"

[window]
sizes = ["2h", "7d"]
grace = "24h"

[history]
retention = "3d"
touchpoints_max = 12

[credit]
lookback = "2h"

[cadence]
follow_ups = ["follow_up_sent", "message_received"]
landmark = "1h"
intensity = "1h"
"#;

/// One of the maps.
pub fn map(which: u64) -> JourneyMap {
    static MAPS: OnceLock<[JourneyMap; 3]> = OnceLock::new();
    let maps = MAPS.get_or_init(|| {
        let read = |text| rules::parse_map(text, "map.toml").expect("a map");
        [rules::default_map(), read(SHORT), read(STRICT)]
    });
    maps[which as usize % maps.len()].clone()
}
