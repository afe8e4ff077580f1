//! How right the blame model is, compared with simpler methods, in simulated worlds of which the truth is
//! known, and how fast it is.
//!
//! `cargo bench --bench blame` makes 200 worlds of each kind; `-- 50` makes 50.
mod methods;
mod score;
mod world;

use opint::blame::{Settings, attribute};
use score::Score;
use std::hint::black_box;
use std::time::Instant;
use world::{BIASED, Conditions, MUTE, PLAIN};

/// Not the seed of the worlds that the defaults were chosen with.
const SEED: u64 = 20_260_801;

fn main() {
    let worlds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(200);
    println!("right: of the links that mostly fail, blamed on whom it has to be, forced to name one");
    println!("named: of those that are blamed on somebody, rightly; unclear: those that are not");
    println!("prec., recall: of endpoints said to be failing by their own fault");
    println!("inside: true failure rates of faulty endpoints inside of the 95 % interval\n");
    for conditions in conditions() {
        compare(&conditions, worlds);
    }
    time();
}

fn conditions() -> Vec<Conditions> {
    let (dense, sparse) = (Conditions::DENSE, Conditions::SPARSE);
    let messy = Conditions { habit: Some(2.0), messy: true, threshold: 0.5, ..dense };
    vec![
        dense,
        Conditions { name: "dense, texts name the culprit", texts: PLAIN, ..dense },
        Conditions { name: "dense, texts name nobody", texts: MUTE, ..dense },
        Conditions { name: "dense, texts name the destination", texts: BIASED, ..dense },
        Conditions { name: "dense, each fault has one text", habit: Some(2.0), ..dense },
        sparse,
        Conditions { name: "sparse, texts name nobody", texts: MUTE, ..sparse },
        Conditions { name: "sparse, texts name the destination", texts: BIASED, ..sparse },
        Conditions { name: "sparse, each fault has one text", habit: Some(2.0), ..sparse },
        Conditions { name: "messy: retries, stuck files, partial and late faults", ..messy },
        Conditions {
            name: "messy, 20 % of the pairs, 10 % of the sources unknown",
            active: 0.2,
            attempts: 15_000.0,
            unknown: 0.1,
            ..messy
        },
        Conditions { name: "messy, sparse", active: 0.1, attempts: 4000.0, ..messy },
        Conditions { name: "the service spoils 80 %", outage: 0.8, ..dense },
    ]
}

fn compare(conditions: &Conditions, worlds: u64) {
    let worlds: Vec<_> = (0..worlds).map(|world| world::make(conditions, SEED + world)).collect();
    let mut lines = Vec::new();
    let mut links = 0;
    for method in methods::ALL {
        let mut score = Score::default();
        for world in &worlds {
            score.add(world, conditions, &(method.answer)(&world.matrix, conditions.threshold));
        }
        links = score.links;
        lines.push(format!("{:36} {}", method.name, score.line()));
    }
    println!("{} ({links} failing links)", conditions.name);
    println!("{:36} right named unclear prec. recall inside", "");
    println!("{}\n", lines.join("\n"));
}

/// The whole of ATLAS in an hour.
fn time() {
    let conditions = Conditions { sites: 170, attempts: 1_000_000.0, ..Conditions::DENSE };
    let world = world::make(&conditions, SEED);
    let settings = Settings::default();
    let mut runs: Vec<f64> = (0..100)
        .map(|_| {
            let start = Instant::now();
            black_box(attribute(black_box(&world.matrix), &settings));
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    runs.sort_unstable_by(f64::total_cmp);
    let links = &world.matrix.links;
    let failing = links.iter().filter(|link| link.failures > 0).count();
    println!("170 x 170 sites, {} links, {failing} of them with failures", links.len());
    println!("time per matrix: {:.1} ms median, {:.1} ms least", runs[runs.len() / 2], runs[0]);
}
