//! Objections: a message judged, a correction learned, a model fitted.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use objection::{Model, Taxonomy};
use std::hint::black_box;

/// Messages as customers write them, of ordinary length.
const MESSAGES: [&str; 8] = [
    "Hi, thanks for the offer, but unfortunately it is too expensive for our small team.",
    "Could you please send me your price list and the dates of the next course?",
    "Danke, aber es ist nicht der richtige Zeitpunkt. Vielleicht nächstes Jahr.",
    "Könnten Sie mir bitte ein Angebot für zwei Personen schicken?",
    "Tuvimos una mala experiencia con una empresa parecida y no estoy seguro.",
    "¿Nos vemos el lunes a las nueve en la oficina?",
    "Le formulaire de réservation est trop compliqué, j'ai laissé tomber.",
    "Bonjour, je voudrais réserver une table pour quatre vendredi soir.",
];

fn judge(criterion: &mut Criterion) {
    let model = Model::shipped(Taxonomy::default());
    let mut group = criterion.benchmark_group("objection");
    group.throughput(Throughput::Elements(MESSAGES.len() as u64));
    group.bench_function("judge 8 messages of 60 to 90 letters", |bencher| {
        bencher.iter(|| MESSAGES.map(|text| model.judge(black_box(text)).probability));
    });
    let note = MESSAGES.join(" ").repeat(3);
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("judge a note of {} bytes", note.len()), |bencher| {
        bencher.iter(|| model.judge(black_box(&note)).probability);
    });
    group.bench_function("learn a correction", |bencher| {
        bencher.iter_batched(
            || model.clone(),
            |mut model| {
                model.correct(MESSAGES[1], "price");
                model
            },
            BatchSize::LargeInput,
        );
    });
    group.sample_size(10);
    group.bench_function("fit to what ships", |bencher| {
        bencher.iter(|| Model::shipped(Taxonomy::default()));
    });
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);
