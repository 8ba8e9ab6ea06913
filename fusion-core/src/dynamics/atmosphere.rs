//! US Standard Atmosphere 1976: density and its slope with height.

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
/// Below the ellipsoid the lowest layer goes on; above [`TOP_OF_ATMOSPHERE_M`] there is none. Between the tabulated
/// heights above 86 km the density is exponential (within a few per cent of the standard).
pub fn air_at(height_m: f64) -> Air {
    if height_m >= TOP_OF_ATMOSPHERE_M {
        return Air { density_kg_m3: 0.0, slope_kg_m4: 0.0 };
    }
    if height_m >= UPPER[0].0 {
        return exponential_between_table_heights(height_m);
    }
    let shrink = GEOPOTENTIAL_RADIUS_M / (GEOPOTENTIAL_RADIUS_M + height_m.max(-5_000.0));
    let geopotential_m = shrink * height_m.max(-5_000.0);
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
