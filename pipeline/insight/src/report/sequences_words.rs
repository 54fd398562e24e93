//! What the report of orders of steps says in plain sentences, in the language of who reads it.

use super::{SequenceRow, Sequences, StageOrders, sequences::FLOOR};
use crate::inference::{Contrast, Language, Verdict};

impl SequenceRow {
    /// The steps in a few words: `enquiry_received (chat), then call_made (phone)`.
    pub fn words(&self, language: Language) -> String {
        let then = match language {
            Language::English => ", then ",
            Language::German => ", dann ",
        };
        let step = |(kind, channel): &(String, Option<String>)| match channel {
            Some(channel) => format!("{kind} ({channel})"),
            None => kind.clone(),
        };
        self.steps.iter().map(step).collect::<Vec<String>>().join(then)
    }

    /// What a business reads of this order: how often who took it converts, how far that may be
    /// trusted, and whether it is the order or the steps. Says what goes together, never what
    /// causes what.
    pub fn plain(&self, language: Language) -> String {
        let of = match &self.channel {
            Some(channel) => format!("{} · {channel}", self.stage),
            None => self.stage.clone(),
        };
        format!("{of}: {}: {}", self.words(language), self.findings(language))
    }

    fn findings(&self, language: Language) -> String {
        let (Some(contrast), Some(verdict)) = (&self.order.contrast, &self.verdict) else {
            return match language {
                Language::English => {
                    "Not enough data: nobody who is alike but for these steps is decided."
                }
                Language::German => {
                    "Zu wenig Daten: Niemand, der bis auf diese Schritte gleich ist, ist \
                     entschieden."
                }
            }
            .to_owned();
        };
        let [one, other] = [contrast.exposed, contrast.others].map(|it| language.per_cent(it));
        let expected = language.points(self.shrunk);
        let (all, of_one) = (contrast.compared, self.order.pot.exposed.decided());
        let [all, of_one] = [all, of_one].map(|count| language.count(count));
        let found = match language {
            Language::English => format!(
                "of those still open then {one} convert, {other} of the others; {expected} points \
                 are to be expected next time. {all} compared, {of_one} of them with these steps. "
            ),
            Language::German => format!(
                "Von denen, die dann noch offen sind, schließen {one} ab, von den anderen \
                 {other}; {expected} Punkte sind beim nächsten Mal zu erwarten. {all} verglichen, \
                 davon {of_one} mit diesen Schritten. "
            ),
        };
        let rest = [self.turned(language), self.other_order(language)].concat();
        format!("{found}{}{rest}", verdict.advice(language))
    }

    /// That one pot says the opposite.
    fn turned(&self, language: Language) -> String {
        if self.order.paradox.is_none() {
            return String::new();
        }
        match language {
            Language::English => {
                " In one pot, or in a large part of it, the difference is the other way round."
            }
            Language::German => {
                " In einem Topf, oder in einem großen Teil davon, ist der Unterschied umgekehrt."
            }
        }
        .to_owned()
    }

    /// Whether it is the order, or that the steps were taken at all.
    fn other_order(&self, language: Language) -> String {
        let Some(((_, Some(verdict)), contrast)) =
            self.reordered.as_ref().zip(self.order.reordered.as_ref())
        else {
            return String::new();
        };
        let Contrast { exposed, others, .. } = contrast;
        let [one, other] = [exposed, others].map(|share| language.per_cent(*share));
        match (language, verdict) {
            (Language::English, Verdict::Act) => format!(
                " The order itself matters: {one} beside {other} of those who took the same steps \
                 in another one."
            ),
            (Language::English, _) => format!(
                " Whether it is the order is not known: {one} beside {other} of those who took the \
                 same steps in another one."
            ),
            (Language::German, Verdict::Act) => format!(
                " Auf die Reihenfolge selbst kommt es an: {one} neben {other} von denen, die \
                 dieselben Schritte in einer anderen gingen."
            ),
            (Language::German, _) => format!(
                " Ob es an der Reihenfolge liegt, weiß man nicht: {one} neben {other} von denen, \
                 die dieselben Schritte in einer anderen gingen."
            ),
        }
    }
}

impl StageOrders {
    /// How many orders are compared, or how many leads are missing until one is.
    pub fn plain(&self, language: Language) -> String {
        let of = match &self.channel {
            Some(channel) => format!("{} · {channel}", self.stage),
            None => self.stage.clone(),
        };
        let [entries, more] = [self.entries, self.more].map(|count| language.count(count));
        match (language, self.tried) {
            (Language::English, 0) => format!(
                "{of}: Not enough data: of {entries} entries still open then no order has \
                 {FLOOR} with it and {FLOOR} without; about {more} more leads are needed."
            ),
            (Language::German, 0) => format!(
                "{of}: Zu wenig Daten: Von {entries} dann noch offenen Eintritten hat keine \
                 Reihenfolge {FLOOR} mit und {FLOOR} ohne sie; es fehlen noch etwa {more} Anfragen."
            ),
            (Language::English, tried) => {
                format!("{of}: {entries} entries still open then, {tried} orders compared.")
            }
            (Language::German, tried) => {
                format!(
                    "{of}: {entries} dann noch offene Eintritte, {tried} Reihenfolgen verglichen."
                )
            }
        }
    }
}

impl Sequences {
    /// What must be known to read the numbers rightly.
    pub(super) fn notes(&self) -> Vec<String> {
        let within = self.landmark;
        if self.stages.is_empty() {
            return vec![format!("Nobody has been open for {within} after entering a stage.")];
        }
        let plain = |row: &SequenceRow| row.plain(Language::English);
        let mut notes: Vec<String> = self.rows.iter().map(plain).collect();
        notes.extend(self.stages.iter().map(|stage| stage.plain(Language::English)));
        notes.push(format!(
            "An order: these steps, each where it came first, within {within} of entering the \
             stage, whatever lies between; of the first five different steps. Only who was still \
             open then: steps before, outcomes after. Lost and gone cold count as not converted; \
             who is open yet is in no rate."
        ));
        notes.push(format!(
            "Like with like: within the stage, the channel the journey began in, and how many \
             different steps were taken. Every order with {FLOOR} entries and {FLOOR} without it \
             is tried, unless a longer one says the same of the same people; what holds at every \
             look is made for all that were tried, also for those that are not shown."
        ));
        notes.push(
            "This goes together; it is no experiment, and does not say that the steps bring it \
             about: staff choose whom they call. Expected next time: drawn toward no difference, \
             by as much as chance makes of so many orders."
                .to_owned(),
        );
        notes.extend(self.notes_on_money());
        notes
    }

    fn notes_on_money(&self) -> Vec<String> {
        let Some(currency) = &self.currency else {
            return vec![
                "No purchase has converted an entry: nothing is said of money.".to_owned(),
            ];
        };
        let mut notes = vec![format!(
            "Revenue: the purchase that converted, per entry, in {currency}; refunds are not taken \
             off. How far amounts are spread is known by powers of two, so intervals are rather \
             too wide."
        )];
        if self.has_other_currencies {
            notes.push(format!("What was paid in other currencies than {currency} is left out."));
        }
        notes.push(match self.newcomer {
            Some(_) => "Lifetime value: with each purchase, what a new customer of the business \
                        brings in the twelve months after it, as report value says; of the last \
                        stage nothing is said, for who buys again is not new."
                .to_owned(),
            None => "Nothing is said of lifetime value: report value cannot tell yet what a new \
                     customer brings."
                .to_owned(),
        });
        notes
    }
}
