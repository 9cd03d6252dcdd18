use super::*;

const SCREEN: Screen = Screen { x: 0.0, y: 0.0, width: 1366.0, height: 768.0 };

fn at(x: f64, y: f64) -> Placement {
    Placement { x, y, width: 1024.0, height: 640.0, maximized: false }
}

#[test]
fn a_window_on_a_screen_that_is_gone_comes_back() {
    assert!(at(0.0, 0.0).is_graspable_on(&SCREEN));
    assert!(at(-800.0, 20.0).is_graspable_on(&SCREEN));
    assert!(!at(-1000.0, 20.0).is_graspable_on(&SCREEN), "only 24 pixels left of it");
    assert!(!at(1366.0, 0.0).is_graspable_on(&SCREEN), "on the second screen");
    assert!(!at(0.0, -40.0).is_graspable_on(&SCREEN), "title bar above the screen");
    assert!(!at(0.0, 760.0).is_graspable_on(&SCREEN), "title bar below the screen");
}
