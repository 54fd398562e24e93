//! What customers and staff write, in four languages.

/// Languages, and the share of leads that write in each.
pub(crate) const LANGUAGES: [(&str, f64); 4] =
    [("de", 0.55), ("en", 0.25), ("fr", 0.1), ("es", 0.1)];

/// What a customer may say about a topic in a language, several ways to say it.
pub(crate) fn phrases(topic: &str, language: &str) -> &'static [&'static str] {
    let place = LANGUAGES.iter().position(|(name, _)| *name == language).unwrap_or(0);
    let row = PHRASES.iter().find(|(name, _)| *name == topic);
    row.map_or(&[""], |(_, languages)| languages[place])
}

type Row = (&'static str, [&'static [&'static str]; 4]);

const PHRASES: [Row; 9] = [
    (
        "enquiry",
        [
            &[
                "Guten Tag, ich hätte gern einen Termin für eine Erstberatung.",
                "Haben Sie nächste Woche noch etwas frei?",
                "Was genau gehört zu einer Behandlung?",
            ],
            &[
                "Hello, I would like to book a first consultation.",
                "Do you have anything free next week?",
                "What exactly does a treatment include?",
            ],
            &[
                "Bonjour, je voudrais prendre un premier rendez-vous.",
                "Avez-vous encore une place la semaine prochaine ?",
            ],
            &[
                "Buenos días, quisiera pedir una primera cita.",
                "¿Tienen algún hueco la semana que viene?",
            ],
        ],
    ),
    (
        "reply",
        [
            &[
                "Danke, ich melde mich.",
                "Alles klar, vielen Dank!",
                "Eine Frage noch: wo parkt man?",
            ],
            &[
                "Thanks, I will get back to you.",
                "Great, thank you!",
                "One more thing: is there parking?",
            ],
            &["Merci, je vous recontacte.", "Très bien, merci beaucoup !"],
            &["Gracias, les digo algo.", "Perfecto, ¡muchas gracias!"],
        ],
    ),
    (
        "follow_up",
        [
            &["Haben Sie sich schon entschieden? Wir halten Ihnen gern einen Termin frei."],
            &["Have you made up your mind? We are happy to keep a slot for you."],
            &["Avez-vous pris votre décision ? Nous pouvons vous réserver un créneau."],
            &["¿Ya se ha decidido? Podemos reservarle una hora."],
        ],
    ),
    (
        "price",
        [
            &[
                "Das ist mir ehrlich gesagt zu teuer.",
                "So viel wollte ich nicht ausgeben.",
                "Gibt es einen Rabatt? Der Preis ist ganz schön hoch.",
            ],
            &[
                "To be honest, that is too expensive for me.",
                "I did not want to spend that much.",
                "Is there a discount? The price is rather high.",
            ],
            &["Franchement, c'est trop cher pour moi.", "Je ne pensais pas dépenser autant."],
            &["La verdad, es demasiado caro para mí.", "No pensaba gastar tanto."],
        ],
    ),
    (
        "timing",
        [
            &[
                "Im Moment passt es zeitlich nicht.",
                "Vor den Ferien schaffe ich das nicht mehr.",
                "Melden Sie sich bitte in ein paar Monaten noch einmal.",
            ],
            &[
                "This is not a good time for me.",
                "I cannot manage it before the holidays.",
                "Please ask me again in a few months.",
            ],
            &["Ce n'est pas le bon moment pour moi.", "Je n'y arriverai pas avant les vacances."],
            &["Ahora no es buen momento.", "Antes de las vacaciones no puedo."],
        ],
    ),
    (
        "trust",
        [
            &[
                "Woher weiß ich, dass das wirklich hilft?",
                "Ich habe schlechte Bewertungen gelesen.",
                "Ich bin mir nicht sicher, ob ich das einem Fremden anvertraue.",
            ],
            &[
                "How do I know that it really works?",
                "I have read some bad reviews.",
                "I am not sure I can trust a place I do not know.",
            ],
            &["Comment savoir si cela marche vraiment ?", "J'ai lu de mauvais avis."],
            &["¿Cómo sé que funciona de verdad?", "He leído malas opiniones."],
        ],
    ),
    (
        "need",
        [
            &["Eigentlich brauche ich das gerade nicht.", "Es geht mir schon wieder besser."],
            &["Actually I do not need it right now.", "I am already feeling better."],
            &["En fait, je n'en ai pas besoin pour l'instant.", "Je vais déjà mieux."],
            &["En realidad ahora no lo necesito.", "Ya me encuentro mejor."],
        ],
    ),
    (
        "competitor",
        [
            &[
                "Eine andere Praxis hat mir ein besseres Angebot gemacht.",
                "Ich vergleiche noch mit einem anderen Anbieter.",
            ],
            &[
                "Another clinic has made me a better offer.",
                "I am still comparing you with somebody else.",
            ],
            &["Un autre cabinet m'a fait une meilleure offre.", "Je compare encore avec un autre."],
            &["Otra clínica me ha hecho una oferta mejor.", "Todavía estoy comparando con otra."],
        ],
    ),
    (
        "convenience",
        [
            &[
                "Der Weg zu Ihnen ist mir zu weit.",
                "Haben Sie auch abends offen? Sonst geht es nicht.",
            ],
            &[
                "You are too far away for me.",
                "Are you open in the evening? Otherwise I cannot come.",
            ],
            &[
                "Vous êtes trop loin de chez moi.",
                "Ouvrez-vous le soir ? Sinon je ne peux pas venir.",
            ],
            &["Me queda demasiado lejos.", "¿Abren por la tarde? Si no, no puedo ir."],
        ],
    ),
];
