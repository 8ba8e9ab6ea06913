//! US Standard Atmosphere 1976: density and its slope with height.

use crate::math::real::Real;
use std::sync::LazyLock;

/// Density of the air, kg/m³, and its derivative with height, kg/m⁴.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// Density, kg/m³.
    pub density_kg_m3: f64,
    /// Derivative of the density with geometric height, kg/m⁴ (negative).
    pub slope_kg_m4: f64,
}

/// Above this height, m, the density counts as zero: at 10 km/s and 1,000 kg/m² its drag is below 1e-6 m/s².
pub const TOP_OF_ATMOSPHERE_M: f64 = 200_000.0;

/// Base of each layer up to 84.852 km: geopotential height (m), temperature (K), lapse rate (K/m), pressure (Pa).
/// US Standard Atmosphere 1976, table 4; pressures by its equations 33a and 33b.
const LAYERS: [(f64, f64, f64, f64); 7] = [
    (0.0, 288.15, -0.0065, 101_325.0),
    (11_000.0, 216.65, 0.0, 22_632.064),
    (20_000.0, 216.65, 0.001, 5_474.888_7),
    (32_000.0, 228.65, 0.0028, 868.018_69),
    (47_000.0, 270.65, 0.0, 110.906_31),
    (51_000.0, 270.65, -0.0028, 66.938_873),
    (71_000.0, 214.65, -0.002, 3.956_420_5),
];

/// Heights (m) and densities (kg/m³) above the layers: US Standard Atmosphere 1976, table VIII; exponential between.
const UPPER: [(f64, f64); 7] = [
    (86_000.0, 6.957_9e-6),
    (90_000.0, 3.416e-6),
    (100_000.0, 5.604e-7),
    (110_000.0, 9.708e-8),
    (120_000.0, 2.222e-8),
    (150_000.0, 2.076e-9),
    (200_000.0, 2.541e-10),
];

const GEOPOTENTIAL_RADIUS_M: f64 = 6_356_766.0;
const GAS_CONSTANT_J_KG_K: f64 = 287.052_87;
const GRAVITY_M_S2: f64 = 9.806_65;

/// Density of the air and its slope at a geometric height above the ellipsoid, m.
///
/// Below the ellipsoid the lowest layer goes on, down to 5 km; above [`TOP_OF_ATMOSPHERE_M`] there is none. Between the
/// tabulated heights above 86 km the density is exponential (within a few per cent of the standard).
///
/// A cubic through density and slope at every 100 m stands for the standard's powers and exponentials: within 5e-10 of them,
/// 1e-3 in the 100 m where two layers meet. The slope is the derivative of that cubic.
pub fn air_at(height_m: f64) -> Air {
    if height_m >= TOP_OF_ATMOSPHERE_M {
        return Air { density_kg_m3: 0.0, slope_kg_m4: 0.0 };
    }
    let place = (height_m.max(LOWEST_M) - LOWEST_M) / SPACING_M;
    let cell = (place as usize).min(CELLS - 1);
    let t = place - cell as f64;
    let table = &*TABLE;
    let (low, high) = (table[cell], table[cell + 1]);
    // Hermite's cubic, written as what departs from the straight line between the two densities.
    let chord = high.density_kg_m3 - low.density_kg_m3;
    let (leaves, enters) = (low.slope_kg_m4 * SPACING_M - chord, chord - high.slope_kg_m4 * SPACING_M);
    let rest = 1.0 - t;
    let density_kg_m3 = low.density_kg_m3 + t * chord + t * rest * (rest * leaves + t * enters);
    let departs = (rest - t) * (rest * leaves + t * enters) + t * rest * (enters - leaves);
    Air { density_kg_m3, slope_kg_m4: (chord + departs) / SPACING_M }
}

/// Where the table begins, m, and how far its heights lie apart, m.
const LOWEST_M: f64 = -5_000.0;
const SPACING_M: f64 = 100.0;
const CELLS: usize = ((TOP_OF_ATMOSPHERE_M - LOWEST_M) / SPACING_M) as usize;

static TABLE: LazyLock<[Air; CELLS + 1]> =
    LazyLock::new(|| std::array::from_fn(|index| standard_air_at(LOWEST_M + index as f64 * SPACING_M)));

/// The cubics of [`air_at`], for heights side by side.
///
/// Of each cell the density at its foot, kg/m³, and what goes with the first three powers of the part of the cell that lies
/// below a height: the same curve in fewer operations, equal but for rounding.
pub(crate) struct Cubics([[f64; 4]; CELLS]);

static CUBICS: LazyLock<Cubics> = LazyLock::new(|| {
    Cubics(std::array::from_fn(|cell| {
        let (low, high) = (TABLE[cell], TABLE[cell + 1]);
        let chord = high.density_kg_m3 - low.density_kg_m3;
        let (leaves, enters) = (low.slope_kg_m4 * SPACING_M - chord, chord - high.slope_kg_m4 * SPACING_M);
        [low.density_kg_m3, chord + leaves, enters - 2.0 * leaves, leaves - enters]
    }))
});

impl Cubics {
    /// Those of the standard; ask once for many heights.
    pub(crate) fn of_the_standard() -> &'static Self {
        &CUBICS
    }

    /// Density, kg/m³, and its slope, kg/m⁴, at each height, m. No number is taken for the lowest height.
    #[inline(always)]
    pub(crate) fn at<S: Real>(&self, height_m: S) -> (S, S) {
        /// A sum with it, of either sign, has no digits behind the point: 1.5 · 2^52.
        const WHOLE: f64 = 6_755_399_441_055_744.0;
        let (top, per_cell) = (S::splat(TOP_OF_ATMOSPHERE_M), S::splat(1.0 / SPACING_M));
        let middle = height_m.max(S::splat(LOWEST_M)) * per_cell - S::splat(LOWEST_M / SPACING_M + 0.5);
        // Rounded down: at the foot of a cell it may be the one below, whose end is the same.
        let cell = middle + S::splat(WHOLE) - S::splat(WHOLE);
        let t = middle - cell + S::splat(0.5);
        let [foot, first, second, third] = cell.look_up(&self.0);
        let cubic = third * t;
        let density_kg_m3 = (foot + first * t) + (t * t) * (second + cubic);
        let slope_kg_m4 = (first + t * (second + second + S::splat(3.0) * cubic)) * per_cell;
        let is_any = top.is_above(height_m);
        (S::select(is_any, density_kg_m3, S::zero()), S::select(is_any, slope_kg_m4, S::zero()))
    }
}

/// What the standard says, by its equations.
fn standard_air_at(height_m: f64) -> Air {
    if height_m >= UPPER[0].0 {
        return exponential_between_table_heights(height_m);
    }
    let shrink = GEOPOTENTIAL_RADIUS_M / (GEOPOTENTIAL_RADIUS_M + height_m);
    let geopotential_m = shrink * height_m;
    let layer = LAYERS.iter().rposition(|layer| layer.0 <= geopotential_m).unwrap_or(0);
    let (base_m, base_temperature_k, lapse_k_m, base_pressure_pa) = LAYERS[layer];
    let temperature_k = base_temperature_k + lapse_k_m * (geopotential_m - base_m);
    let scale = GRAVITY_M_S2 / GAS_CONSTANT_J_KG_K;
    let pressure_pa = if lapse_k_m == 0.0 {
        base_pressure_pa * libm::exp(-scale * (geopotential_m - base_m) / base_temperature_k)
    } else {
        base_pressure_pa * libm::pow(base_temperature_k / temperature_k, scale / lapse_k_m)
    };
    let density_kg_m3 = pressure_pa / (GAS_CONSTANT_J_KG_K * temperature_k);
    Air { density_kg_m3, slope_kg_m4: -density_kg_m3 * (scale + lapse_k_m) / temperature_k * shrink * shrink }
}

fn exponential_between_table_heights(height_m: f64) -> Air {
    let above = UPPER.iter().position(|row| row.0 > height_m).unwrap_or(UPPER.len() - 1);
    let ((low_m, low), (high_m, high)) = (UPPER[above - 1], UPPER[above]);
    let rate_per_m = libm::log(high / low) / (high_m - low_m);
    let density_kg_m3 = low * libm::exp(rate_per_m * (height_m - low_m));
    Air { density_kg_m3, slope_kg_m4: density_kg_m3 * rate_per_m }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::Lanes;

    #[test]
    fn matches_the_published_table() {
        // US Standard Atmosphere 1976, table I: geometric height m, density kg/m³.
        for (height_m, published) in [
            (0.0, 1.2250),
            (5_000.0, 7.3643e-1),
            (10_000.0, 4.1351e-1),
            (20_000.0, 8.8910e-2),
            (30_000.0, 1.8410e-2),
            (50_000.0, 1.0269e-3),
            (70_000.0, 8.2829e-5),
            (80_000.0, 1.8458e-5),
        ] {
            let density = air_at(height_m).density_kg_m3;
            assert!((density / published - 1.0).abs() < 2e-4, "{height_m} m: {density} against {published}");
        }
    }

    #[test]
    fn the_cubic_follows_the_equations() {
        let joins_m = [11_019.1, 20_063.1, 32_161.9, 47_350.1, 51_412.5, 71_801.9, 86_000.0];
        let joins_m = joins_m.into_iter().chain(UPPER.map(|row| row.0));
        let joins_m: Vec<f64> = joins_m.collect();
        for height_m in (-50..2_000).map(|step| f64::from(step) * 100.0 + 37.0) {
            let (ours, standard) = (air_at(height_m), standard_air_at(height_m));
            let meets = joins_m.iter().any(|join_m| (height_m - join_m).abs() < 150.0);
            let (density, slope) = (
                (ours.density_kg_m3 / standard.density_kg_m3 - 1.0).abs(),
                (ours.slope_kg_m4 / standard.slope_kg_m4 - 1.0).abs(),
            );
            // Where two layers meet the slope leaps, by half of itself at 120 km, and a cubic goes round the corner.
            let allowed = if meets { (1e-3, 0.3) } else { (5e-10, 1e-7) };
            assert!(density < allowed.0 && slope < allowed.1, "{height_m} m: {density:e}, slope {slope:e}");
        }
    }

    #[test]
    fn the_cubics_side_by_side_are_the_same_air() {
        let cubics = Cubics::of_the_standard();
        for height_m in (-60..2_010).map(|step| f64::from(step) * 100.0) {
            let heights_m = Lanes([0.0, 1e-9, 41.7, 99.999_999]) + Lanes::splat(height_m);
            let (densities_kg_m3, slopes_kg_m4) = cubics.at(heights_m);
            for lane in 0..Lanes::COUNT {
                let alone = air_at(heights_m.0[lane]);
                let (density, slope) =
                    (densities_kg_m3.0[lane] - alone.density_kg_m3, slopes_kg_m4.0[lane] - alone.slope_kg_m4);
                assert!(density.abs() <= 1e-12 * alone.density_kg_m3, "{height_m} m: {density:e}");
                assert!(slope.abs() <= 1e-12 * alone.slope_kg_m4.abs(), "{height_m} m: {slope:e}");
            }
        }
    }

    #[test]
    fn the_slope_is_the_derivative_and_layers_join() {
        for height_m in (0..195).map(|km| f64::from(km) * 1_000.0 + 333.0) {
            let slope = air_at(height_m).slope_kg_m4;
            let difference =
                (air_at(height_m + 1.0).density_kg_m3 - air_at(height_m - 1.0).density_kg_m3) / 2.0;
            assert!((slope / difference - 1.0).abs() < 1e-4, "{height_m} m: {slope} against {difference}");
        }
        for boundary_m in [11_019.1, 20_063.1, 32_161.9, 47_350.1, 51_412.5, 71_801.9, 86_000.0] {
            let ratio = air_at(boundary_m - 1.0).density_kg_m3 / air_at(boundary_m + 1.0).density_kg_m3;
            assert!((ratio - 1.0).abs() < 2e-3, "{boundary_m} m: {ratio}");
        }
    }
}
