//! How often the right action is offered, in simulated years of shifts of which the truth is known, compared with
//! the action that was taken most often and with the original's fixed percentage.
//!
//! `cargo bench --bench suggestions` simulates 20 years for each way of offering; `-- 5` simulates 5. Each way
//! makes its own experience: what it offers is what people try.
mod methods;
mod shifts;
mod world;

use shifts::Score;
use std::time::Instant;

/// Not the seed of the years that the defaults were looked at with.
const SEED: u64 = 20_261_121;

fn main() {
    let years = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(20);
    println!(
        "{years} years each: 60 errors of 6 kinds, 12 sites, 8 actions, about 15 issues a day, 30 shifters;"
    );
    println!("a quarter of the errors appears later, half-way 30 % of the errors and 3 sites change\n");
    println!("hit@1: the offered first is the best there is for this error at this site, at that time");
    println!("hit@3: the best is among the first three");
    println!("success: chance that the offered first works, as part of the best one's\n");
    println!("{:44}{:^22}{:^22}{:^22}{:^22}{:^22}", "", "Jan-Mar", "Apr-Jun", "Jul-Sep", "Oct-Dec", "year");
    println!("{:44}{}", "", " hit@1 hit@3 success  ".repeat(5));
    let start = Instant::now();
    let mut offered = 0;
    for method in methods::ALL {
        let mut quarters = [Score::default(); 4];
        for year in 0..years {
            let world = world::make(SEED + year);
            shifts::run(&world, method, SEED + year, &mut quarters);
        }
        let all = quarters.iter().copied().fold(Score::default(), Score::and);
        offered += all.issues;
        let cells: String = quarters.iter().chain([&all]).map(Score::cells).collect();
        println!("{:44}{cells}", method.name);
    }
    println!("\n{offered} issues in {:.1} s", start.elapsed().as_secs_f64());
}
