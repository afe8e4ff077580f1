//! Small charts without axes, as SVG without styles: a bar or a point for each hour.
use super::numbers::median;

/// Height of the drawing, in its own units; its width is the number of bars.
const HEIGHT: f64 = 22.0;

/// A row of bars for the macro `spark`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spark {
    /// How many bars fit beside each other.
    pub width: usize,
    /// Those that are not empty.
    pub bars: Vec<Bar>,
}

/// One bar, in units of the drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its left edge.
    pub x: usize,
    /// Its upper edge.
    pub y: String,
    /// Its height.
    pub height: String,
    /// Whether it stands out.
    pub high: bool,
}

impl Spark {
    /// Bars of values, oldest first. Those above twice the median of all stand out.
    #[must_use]
    pub fn of(values: &[i64]) -> Self {
        Self::against(values, median(values.to_vec()))
    }

    /// Bars of values, oldest first. Those above twice the usual stand out.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a picture of 22 pixels")]
    pub fn against(values: &[i64], usual: i64) -> Self {
        let most = values.iter().copied().max().unwrap_or_default().max(1) as f64;
        let bars = values.iter().enumerate().filter(|(_, value)| **value > 0).map(|(x, value)| {
            let height = (*value as f64 / most * HEIGHT).max(1.0);
            Bar {
                x,
                y: format!("{:.1}", HEIGHT - height),
                height: format!("{height:.1}"),
                high: *value > usual.saturating_mul(2).max(1),
            }
        });
        Self { width: values.len(), bars: bars.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_out_above_the_usual() {
        let spark = Spark::of(&[0, 1, 1, 1, 10]);
        assert_eq!(spark.width, 5);
        assert_eq!(spark.bars.len(), 4);
        assert!(!spark.bars[0].high);
        assert_eq!((spark.bars[3].x, spark.bars[3].y.as_str(), spark.bars[3].high), (4, "0.0", true));
        assert_eq!(Spark::of(&[]), Spark::default());
    }
}
