//! Journey maps that differ in whatever a counter can depend on.

/// The map that ships.
pub const DEFAULT: &str = include_str!("../../../../deploy/journey.example.toml");

/// A zone of half hours; the last stage is entered by the business too, once an attempt, and never
/// goes cold; a conversion is no purchase, and credit looks back over a day and a half.
pub const AGENCY: &str = r#"
[map]
timezone = "Asia/Kolkata"
conversion = "talk"
[[stage]]
name = "contact"
enter = ["page_viewed", "ad_clicked", "message_sent"]
cold_after = "3d"
[[stage]]
name = "talk"
enter = ["enquiry_received", "message_received", "call_made"]
cold_after = "36h"
[[stage]]
name = "client"
enter = ["contract", "purchase_made"]
cold_after = "never"
repeat_after = "never"
[[kind]]
name = "contract"
by = "business"
[[kind]]
name = "workshop_attended"
by = "business"
[[channel]]
name = "fax"
[window]
sizes = ["2h", "1d", "3d"]
[credit]
direct = ["chat", "email"]
lookback = "36h"
path = ["exposure", "indirect"]
custom = [30, 20, 50]
[cadence]
follow_ups = ["workshop_attended", "call_made"]
landmark = "36h"
intensity = "30h"
"#;

/// Clocks that change by an hour on other days; purchases that repeat within hours.
pub const SHOP: &str = r#"
[map]
timezone = "America/New_York"
conversion = "order"
[[stage]]
name = "visit"
enter = ["page_viewed", "ad_clicked"]
cold_after = "never"
[[stage]]
name = "basket"
enter = ["workshop_attended", "trial_started", "quote_sent"]
cold_after = "24h"
[[stage]]
name = "order"
enter = ["purchase_made", "subscription_renewed"]
cold_after = "7d"
repeat_after = "90m"
[[kind]]
name = "subscription_renewed"
money = "none"
[[kind]]
name = "booking_made"
money = "revenue"
[window]
sizes = ["1h", "12h", "7d"]
[credit]
direct = []
path = ["first"]
custom = [0, 100, 0]
[cadence]
follow_ups = ["follow_up_sent", "message_sent", "call_made"]
landmark = "never"
"#;

/// One stage alone, and clocks that change by half an hour.
pub const ISLAND: &str = r#"
[map]
timezone = "Australia/Lord_Howe"
conversion = "guest"
[[stage]]
name = "guest"
enter = ["page_viewed", "purchase_made", "quote_sent"]
cold_after = "36h"
repeat_after = "24h"
[window]
sizes = ["1h", "4h", "30d"]
"#;
