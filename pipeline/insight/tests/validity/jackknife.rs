//! Whether intervals of removal effects hold the truth as often as they say.

use crate::chance::Chance;
use crate::{each, worlds};
use insight::inference::{Chain, jackknife};

/// From start (the last row) and three channels to channels and a conversion; the rest is null.
const LEADS: [[f64; 4]; 4] =
    [[0.1, 0.3, 0.2, 0.15], [0.2, 0.0, 0.3, 0.1], [0.1, 0.1, 0.2, 0.3], [0.5, 0.3, 0.2, 0.0]];

/// A path of a customer.
fn path(chance: &mut Chance) -> (Vec<u16>, bool) {
    let mut touches: Vec<u16> = Vec::new();
    loop {
        let leads = LEADS[touches.last().map_or(3, |at| usize::from(*at))];
        let mut left = chance.unit();
        let next = leads.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        match next {
            Some(3) => return (touches, true),
            Some(channel) => touches.push(channel as u16),
            None => return (touches, false),
        }
    }
}

/// The share that each channel carries, from as many paths as need be for three digits.
fn shares(chain: &Chain) -> Option<Vec<f64>> {
    let removal = chain.removal().ok()?;
    Some(removal.channels.iter().map(|channel| channel.share).collect())
}

#[test]
fn an_interval_of_a_removal_effect_holds_the_truth_as_often_as_it_says() {
    let mut whole = Chain::default();
    let mut chance = Chance::new(99, 99);
    for _ in 0..1_000_000 {
        let (touches, won) = path(&mut chance);
        whole.add_path(1, &touches, won, 1);
    }
    let truth = shares(&whole).expect("shares");
    let mut held = [0_u64; 3];
    for mut chance in each(600) {
        let paths: Vec<(Vec<u16>, bool)> = (0..640).map(|_| path(&mut chance)).collect();
        let mut chain = Chain::default();
        paths.iter().for_each(|(touches, won)| chain.add_path(1, touches, *won, 1));
        // One group is taken out, and put in again.
        let finish = |group: Option<usize>| {
            let of_group = || paths.iter().skip(group.unwrap_or(640)).step_by(32);
            of_group().for_each(|(touches, won)| chain.add_path(1, touches, *won, -1));
            let shares = shares(&chain);
            of_group().for_each(|(touches, won)| chain.add_path(1, touches, *won, 1));
            shares
        };
        let estimates = jackknife(32, finish).expect("estimates");
        for ((held, estimate), truth) in held.iter_mut().zip(&estimates).zip(&truth) {
            *held += u64::from(estimate.interval(0.05).has(*truth));
        }
    }
    for held in held {
        let share = held as f64 / worlds(600) as f64;
        assert!((0.925..0.98).contains(&share), "{share}");
    }
}
