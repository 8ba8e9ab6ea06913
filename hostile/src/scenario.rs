//! The scenario parser.

use fusion_core::node::Setup;
use sensor_sim::Scenario;

/// Any text as a scenario.
///
/// # Panics
/// Where an error says nothing or does not say where; where a scenario passes of which no nodes can be made.
pub fn scenario(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Scenario::parse(&text) {
        Err(error) => {
            let said = error.to_string();
            assert!(!said.trim().is_empty());
            let lines = text.split('\n').count();
            if let Some(at) = error.position() {
                assert!((1..=lines).contains(&(at.line as usize)), "line {} of {lines}: {said}", at.line);
            }
        }
        Ok(scenario) => {
            let setup = Setup::new(
                scenario.node_names(),
                scenario.sensors.clone(),
                scenario.areas.clone(),
                scenario.warning,
                scenario.tracker,
                scenario.start,
            );
            assert!(setup.is_ok(), "{:?}", setup.map(drop));
        }
    }
}
