//! The benches' work, run once: every stage gives a result, and the same one again.

use benches::{Scene, SceneError};

type Stage = fn(&Scene) -> [u8; 32];

#[test]
fn every_stage_gives_the_same_result_again() -> Result<(), SceneError> {
    let (scene, again) = (Scene::new()?, Scene::new()?);
    let nothing = *blake3::Hasher::new().finalize().as_bytes();
    let stages: [(&str, Stage); 5] = [
        ("coast step", Scene::coast_step),
        ("three-mode step", Scene::three_mode_step),
        ("associate", Scene::associate),
        ("fall", Scene::fall),
        ("tracklet", Scene::tracklet),
    ];
    for (name, stage) in stages {
        assert_eq!(stage(&scene), stage(&again), "{name}");
        assert_ne!(stage(&scene), nothing, "{name} came to nothing");
    }
    assert_ne!(scene.coast_step(), scene.three_mode_step());
    Ok(())
}

#[test]
fn a_recording_holds_every_plot() -> Result<(), SceneError> {
    let scene = Scene::new()?;
    let plots: usize = scene.scans.iter().map(|scan| scan.plots.len()).sum();
    assert!(plots > 1_000);
    assert_eq!(scene.decode(&scene.encode()?)?, plots);
    Ok(())
}

#[test]
fn regimes_differ_in_what_is_known() -> Result<(), SceneError> {
    let scene = Scene::new()?;
    assert_eq!(scene.network("siloed", 80.0)?, scene.network("siloed", 80.0)?);
    assert_ne!(scene.network("siloed", 80.0)?, scene.network("integrated", 80.0)?);
    assert!(scene.network("none such", 80.0).is_err());
    Ok(())
}
