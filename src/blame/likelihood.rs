//! What texts say, given who is at fault.
use super::matrix::TEXTS;
use super::{Cause, Said, within};

/// Records of each cause that the table to start with is worth.
const PRIOR_WEIGHT: f64 = 20.0;
/// No text is impossible.
const LEAST: f64 = 0.001;

/// How often a failure's text names the source, the destination or neither, given who is at fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likelihood {
    /// When the source is.
    pub source: [f64; 3],
    /// When the destination is.
    pub destination: [f64; 3],
    /// When the link is.
    pub link: [f64; 3],
}

impl Default for Likelihood {
    /// Guessed, until people have recorded enough; see [`learn`].
    fn default() -> Self {
        Self { source: [0.50, 0.05, 0.45], destination: [0.05, 0.40, 0.55], link: [0.15, 0.15, 0.70] }
    }
}

impl Likelihood {
    /// How likely each text is when `cause` is at fault, in the order of [`Said`], and last what the lack
    /// of a text says: nothing.
    pub(super) fn of(&self, cause: Cause) -> [f64; TEXTS] {
        let row = match cause {
            Cause::Source => self.source,
            Cause::Destination => self.destination,
            Cause::Link => self.link,
        };
        let [source, destination, neither] = row.map(|share| within(share, LEAST, 1.0));
        let sum = source + destination + neither;
        [source / sum, destination / sum, neither / sum, 1.0]
    }

    const fn row_mut(&mut self, cause: Cause) -> &mut [f64; 3] {
        match cause {
            Cause::Source => &mut self.source,
            Cause::Destination => &mut self.destination,
            Cause::Link => &mut self.link,
        }
    }
}

/// Learns the table by counting, from what people found out: who was at fault, and whom the texts had
/// named. Each record counts once, however many failures it had, since they had one reason; the table to
/// start with counts as twenty records of each cause. What both ends or the service did teaches nothing.
#[must_use]
pub fn learn(records: impl IntoIterator<Item = (Cause, Said)>) -> Likelihood {
    let mut seen = Likelihood { source: [0.0; 3], destination: [0.0; 3], link: [0.0; 3] };
    for (cause, said) in records {
        let texts = [said.source, said.destination, said.neither].map(|count| count as f64);
        let total: f64 = texts.iter().sum();
        if total > 0.0 {
            for (sum, count) in seen.row_mut(cause).iter_mut().zip(texts) {
                *sum += count / total;
            }
        }
    }
    let mut learnt = Likelihood::default();
    for cause in Cause::ALL {
        let counts = *seen.row_mut(cause);
        let records: f64 = counts.iter().sum();
        for (share, count) in learnt.row_mut(cause).iter_mut().zip(counts) {
            *share = (*share * PRIOR_WEIGHT + count) / (PRIOR_WEIGHT + records);
        }
    }
    learnt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_recorded_leaves_the_table_as_it_is() {
        assert_eq!(learn([]), Likelihood::default());
        assert_eq!(learn([(Cause::Source, Said::default())]), Likelihood::default());
    }

    #[test]
    fn twenty_records_weigh_as_much_as_the_table() {
        let says_destination = Said { destination: 500, ..Said::default() };
        let learnt = learn([(Cause::Source, says_destination); 20]);
        let expected = [0.25, 0.525, 0.225];
        assert!(learnt.source.iter().zip(expected).all(|(is, should)| (is - should).abs() < 1e-12));
        assert_eq!(learnt.destination, Likelihood::default().destination);
    }

    #[test]
    fn each_cause_sums_to_one() {
        let records = [(Cause::Link, Said { source: 1, destination: 2, neither: 4 }); 7];
        let learnt = learn(records);
        for row in [learnt.source, learnt.destination, learnt.link] {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
