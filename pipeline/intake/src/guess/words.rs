//! Names of columns, and words in them, in English, German and French.

use super::roles::Role;

/// Names as `folded` writes them, the surer first.
const NAMES: [(Role, &[&str]); 13] = [
    (
        Role::Time,
        &[
            "timestamp",
            "datetime",
            "zeitstempel",
            "horodatage",
            "datumuhrzeit",
            "dateheure",
            "occurredat",
            "createdat",
            "created",
            "paidat",
            "bookedat",
            "orderdate",
            "purchasedate",
            "invoicedate",
            "bestelldatum",
            "kaufdatum",
            "rechnungsdatum",
            "buchungsdatum",
            "bestelltam",
            "erstelltam",
            "belegdatum",
            "datecommande",
            "dateachat",
            "datefacture",
            "datum",
            "date",
            "tag",
            "day",
            "jour",
            "zeitpunkt",
            "time",
            "at",
            "when",
        ],
    ),
    (Role::Clock, &["uhrzeit", "zeit", "heure", "timeofday", "time"]),
    (
        Role::Customer,
        &[
            "customerid",
            "customernumber",
            "customerno",
            "clientid",
            "kundennummer",
            "kundennr",
            "kundenid",
            "kdnr",
            "numeroclient",
            "noclient",
            "idclient",
            "userid",
            "contactid",
            "memberid",
            "customer",
            "kunde",
            "client",
            "patient",
            "patientid",
            "who",
            "user",
            "name",
            "kundenname",
            "nom",
            "customername",
        ],
    ),
    (
        Role::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "emailadresse",
            "mailadresse",
            "courriel",
            "adressemail",
            "adresseemail",
            "customeremail",
            "useremail",
            "billingemail",
        ],
    ),
    (
        Role::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "mobile",
            "mobilephone",
            "cell",
            "tel",
            "telefon",
            "telefonnummer",
            "handy",
            "handynummer",
            "mobil",
            "mobilnummer",
            "rufnummer",
            "portable",
            "telephoneportable",
            "numerodetelephone",
        ],
    ),
    (
        Role::Amount,
        &[
            "amount",
            "total",
            "totalamount",
            "grandtotal",
            "value",
            "price",
            "revenue",
            "sum",
            "totalprice",
            "betrag",
            "gesamtbetrag",
            "rechnungsbetrag",
            "summe",
            "umsatz",
            "preis",
            "wert",
            "brutto",
            "gesamt",
            "montant",
            "montantttc",
            "totalttc",
            "prix",
            "somme",
            "valeur",
            "ca",
        ],
    ),
    (Role::Currency, &["currency", "currencycode", "wahrung", "devise", "monnaie"]),
    (
        Role::Kind,
        &[
            "kind",
            "event",
            "eventname",
            "eventtype",
            "type",
            "action",
            "activity",
            "status",
            "art",
            "ereignis",
            "aktion",
            "vorgang",
            "typ",
            "vorgangsart",
            "evenement",
            "genre",
            "typedevenement",
            "statut",
        ],
    ),
    (
        Role::Channel,
        &["channel", "medium", "kanal", "quelle", "herkunft", "canal", "origine", "via", "source"],
    ),
    (
        Role::EventId,
        &[
            "eventid",
            "transactionid",
            "txnid",
            "paymentid",
            "bookingid",
            "receiptnumber",
            "messageid",
            "belegnummer",
            "belegnr",
            "transaktionsnummer",
            "transaktionsid",
            "buchungsnummer",
            "idtransaction",
            "numerodepiece",
            "id",
            "rechnungsnummer",
            "rechnungsnr",
            "invoicenumber",
            "invoiceno",
            "numerofacture",
            "orderid",
            "ordernumber",
            "orderno",
            "bestellnummer",
            "bestellnr",
            "auftragsnummer",
            "auftragsnr",
            "numerocommande",
            "nocommande",
        ],
    ),
    (
        Role::Subject,
        &[
            "dealid",
            "deal",
            "opportunity",
            "orderid",
            "ordernumber",
            "orderno",
            "order",
            "bestellnummer",
            "bestellnr",
            "auftragsnummer",
            "auftragsnr",
            "auftrag",
            "numerocommande",
            "nocommande",
            "commande",
            "product",
            "produkt",
            "produit",
            "artikel",
            "article",
            "sku",
        ],
    ),
    (
        Role::Text,
        &[
            "text",
            "message",
            "note",
            "notes",
            "comment",
            "comments",
            "nachricht",
            "notiz",
            "bemerkung",
            "kommentar",
            "anmerkung",
            "remarque",
            "commentaire",
            "subjectline",
        ],
    ),
    (
        Role::Campaign,
        &["campaign", "utmcampaign", "campaignname", "kampagne", "campagne", "aktionscode"],
    ),
];

/// Words for kinds.
pub(super) const KINDS: [(&str, &[&str]); 17] = [
    (
        "purchase_made",
        &[
            "purchase",
            "purchased",
            "order",
            "ordered",
            "sale",
            "paid",
            "bought",
            "kauf",
            "gekauft",
            "bestellung",
            "bestellt",
            "verkauf",
            "bezahlt",
            "rechnung",
            "achat",
            "commande",
            "vente",
            "paye",
            "payee",
            "facture",
        ],
    ),
    (
        "refund_made",
        &[
            "refund",
            "refunded",
            "return",
            "returned",
            "erstattung",
            "erstattet",
            "retoure",
            "gutschrift",
            "ruckerstattung",
            "remboursement",
            "rembourse",
            "remboursee",
            "retour",
            "avoir",
        ],
    ),
    (
        "enquiry_received",
        &["enquiry", "inquiry", "request", "lead", "anfrage", "demande", "renseignement"],
    ),
    (
        "quote_sent",
        &[
            "quote",
            "quotesent",
            "offer",
            "proposal",
            "angebot",
            "kostenvoranschlag",
            "devis",
            "offre",
        ],
    ),
    (
        "booking_made",
        &[
            "booking",
            "booked",
            "appointment",
            "reservation",
            "termin",
            "buchung",
            "gebucht",
            "reservierung",
            "rendezvous",
            "rdv",
        ],
    ),
    (
        "booking_cancelled",
        &[
            "cancelled",
            "canceled",
            "cancellation",
            "storno",
            "storniert",
            "abgesagt",
            "absage",
            "annulation",
            "annule",
            "annulee",
        ],
    ),
    ("booking_no_show", &["noshow", "nichterschienen", "absent", "absence"]),
    (
        "appointment_kept",
        &["kept", "attended", "completed", "wahrgenommen", "erschienen", "honore", "venu"],
    ),
    (
        "page_viewed",
        &["pageview", "view", "visit", "pageviewed", "besuch", "seitenaufruf", "visite", "pagevue"],
    ),
    ("email_opened", &["open", "opened", "emailopened", "geoffnet", "ouvert", "ouverture"]),
    ("email_clicked", &["click", "clicked", "emailclicked", "klick", "geklickt", "clic"]),
    (
        "form_submitted",
        &["form", "formsubmitted", "submission", "formular", "formulaire", "inscription"],
    ),
    ("call_received", &["call", "inboundcall", "anruf", "appel", "appelentrant"]),
    ("call_made", &["outboundcall", "angerufen", "ruckruf", "appelsortant", "rappel"]),
    ("message_received", &["message", "inbound", "nachricht", "messagerecu"]),
    ("message_sent", &["sent", "reply", "outbound", "gesendet", "antwort", "reponse", "envoye"]),
    ("unsubscribed", &["unsubscribe", "unsubscribed", "abmeldung", "abgemeldet", "desinscription"]),
];

/// Words for channels.
pub(super) const CHANNELS: [(&str, &[&str]); 12] = [
    (
        "website",
        &[
            "website",
            "web",
            "online",
            "webshop",
            "shop",
            "internet",
            "site",
            "siteweb",
            "homepage",
            "webseite",
            "onlineshop",
        ],
    ),
    ("chat", &["chat", "whatsapp", "livechat", "messenger", "telegram"]),
    ("email", &["email", "mail", "newsletter", "courriel"]),
    ("phone", &["phone", "telephone", "telefon", "tel", "call", "anruf", "appel"]),
    ("sms", &["sms", "text"]),
    ("social", &["social", "facebook", "instagram", "linkedin", "tiktok", "socialmedia"]),
    ("ads", &["ads", "ad", "googleads", "adwords", "anzeige", "anzeigen", "publicite", "werbung"]),
    ("booking", &["booking", "calendly", "termin", "kalender", "reservation", "buchung"]),
    (
        "store",
        &[
            "store", "laden", "filiale", "geschaft", "magasin", "boutique", "kasse", "pos",
            "vorort", "caisse",
        ],
    ),
    ("payment", &["payment", "stripe", "paypal", "zahlung", "paiement"]),
    ("support", &["support", "service", "kundendienst", "helpdesk", "sav"]),
    ("referral", &["referral", "empfehlung", "recommandation", "parrainage"]),
];

/// The places that a name has among those of a role: less is surer.
pub(super) fn rank(role: Role, name: &str) -> Option<usize> {
    let name = folded(name);
    let (_, names) = NAMES.iter().find(|(known, _)| *known == role)?;
    names.iter().position(|known| *known == name).or_else(|| {
        // "Betrag (EUR)" and "Total in CHF" name an amount too.
        let mut name = name.as_str();
        for end in ["ineur", "inchf", "inusd", "eur", "chf", "usd", "gbp", "euro"] {
            name = name.strip_suffix(end).unwrap_or(name);
        }
        let found = names.iter().position(|known| *known == name && role == Role::Amount);
        found.map(|place| place + names.len())
    })
}

/// The kind or the channel that a word means.
pub(super) fn meaning(table: &[(&'static str, &[&str])], word: &str) -> Option<&'static str> {
    let word = folded(word);
    let known =
        |(name, words): &&(&'static str, &[&str])| folded(name) == word || words.contains(&&*word);
    table.iter().find(known).map(|(name, _)| *name)
}

/// A name in small letters and digits alone, without accents.
pub(super) fn folded(name: &str) -> String {
    let mut folded = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' | 'à' | 'â' => folded.push('a'),
            'ö' | 'ô' => folded.push('o'),
            'ü' | 'ù' | 'û' => folded.push('u'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'î' | 'ï' => folded.push('i'),
            'ç' => folded.push('c'),
            'ß' => folded.push_str("ss"),
            '€' => folded.push_str("eur"),
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// The region whose national numbers are meant in a zone, where that is plain.
pub(super) fn region(zone: &str) -> Option<&'static str> {
    let zones = [
        ("Europe/Berlin", "DE"),
        ("Europe/Vienna", "AT"),
        ("Europe/Zurich", "CH"),
        ("Europe/Paris", "FR"),
        ("Europe/Brussels", "BE"),
        ("Europe/Amsterdam", "NL"),
        ("Europe/London", "GB"),
        ("Europe/Dublin", "IE"),
        ("Europe/Madrid", "ES"),
        ("Europe/Rome", "IT"),
        ("Europe/Warsaw", "PL"),
        ("America/New_York", "US"),
        ("America/Chicago", "US"),
        ("America/Denver", "US"),
        ("America/Los_Angeles", "US"),
        ("America/Toronto", "CA"),
    ];
    zones.iter().find(|(name, _)| *name == zone).map(|(_, region)| *region)
}

/// The currency of a region.
pub(super) fn currency(region: &str) -> Option<&'static str> {
    Some(match region {
        "DE" | "AT" | "FR" | "BE" | "NL" | "IE" | "ES" | "IT" => "EUR",
        "CH" => "CHF",
        "GB" => "GBP",
        "PL" => "PLN",
        "US" => "USD",
        "CA" => "CAD",
        _ => return None,
    })
}
