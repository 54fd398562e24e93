//! Makes the schedule of a failed run as short as it gets: steps are left out, and what is special
//! about a step, as long as something still goes against the rules.

use engine::sim::{Answer, Plan, Step};

/// The most runs that are made to shorten one.
const RUNS_MAX: usize = 4_000;

/// The shortest schedule found that still fails.
pub fn shrink(steps: &[Step], mut fails: impl FnMut(&[Step]) -> bool) -> Vec<Step> {
    let mut best = steps.to_vec();
    let mut runs = 0;
    loop {
        let mut is_shorter = false;
        let mut place = 0;
        // A candidate that fails takes the place of the best, and those after it are tried on it.
        while let Some(candidate) = candidate(&best, place) {
            runs += 1;
            if runs > RUNS_MAX {
                return best;
            }
            if fails(&candidate) {
                best = candidate;
                is_shorter = true;
            } else {
                place += 1;
            }
        }
        if !is_shorter {
            return best;
        }
    }
}

/// The candidate at a place of the list: first large parts left out, then small ones, then plans
/// made plain.
fn candidate(steps: &[Step], place: usize) -> Option<Vec<Step>> {
    let mut place = place;
    let mut size = steps.len() / 2;
    while size > 0 {
        let count = steps.len().div_ceil(size);
        if place < count {
            let from = place * size;
            let to = (from + size).min(steps.len());
            return Some([&steps[..from], &steps[to..]].concat());
        }
        place -= count;
        size /= 2;
    }
    for (at, step) in steps.iter().enumerate() {
        let plainer = plainer(step);
        if place < plainer.len() {
            let mut steps = steps.to_vec();
            steps[at] = plainer[place].clone();
            return Some(steps);
        }
        place -= plainer.len();
    }
    None
}

fn plainer(step: &Step) -> Vec<Step> {
    let (plan, rebuild): (&Plan, Box<dyn Fn(Plan) -> Step>) = match step {
        Step::Turn(who, plan) => (plan, Box::new(|plan| Step::Turn(*who, plan))),
        Step::Start(who, plan) => (plan, Box::new(|plan| Step::Start(*who, plan))),
        Step::Crash(who, keep) if *keep != 255 => return vec![Step::Crash(*who, 255)],
        Step::Sync(who, share) if *share != 255 => return vec![Step::Sync(*who, 255)],
        _ => return Vec::new(),
    };
    let mut plans = vec![
        Plan { meanwhile: None, ..plan.clone() },
        Plan { answer: Answer::Received, ..plan.clone() },
        Plan { dies_at: None, ..plan.clone() },
        Plan { is_deaf: false, ..plan.clone() },
        Plan { commits_later: false, ..plan.clone() },
        Plan { reads_clock: false, ..plan.clone() },
        Plan { take: [16; 4], ..plan.clone() },
        Plan { keep: 255, ..plan.clone() },
    ];
    if let Some((at, steps)) = &plan.meanwhile {
        for place in 0..steps.len() {
            let rest = [&steps[..place], &steps[place + 1..]].concat();
            plans.push(Plan { meanwhile: Some((*at, rest)), ..plan.clone() });
            for step in plainer(&steps[place]) {
                let mut steps = steps.clone();
                steps[place] = step;
                plans.push(Plan { meanwhile: Some((*at, steps)), ..plan.clone() });
            }
        }
    }
    plans.retain(|other| other != plan);
    plans.into_iter().map(rebuild).collect()
}
