//! Made-up pictures: a lake between hills, drawn by formula, and the note that a telephone writes into a photograph.

use anyhow::Result;
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// Size of a picture in pixels: small files, and sharp enough on half a sheet.
const SIZE_PX: (u32, u32) = (960, 720);
const JPEG_QUALITY: u8 = 78;
/// Rows of hills, the farthest first.
const HILLS: u32 = 4;

/// Colours of one picture.
struct Light {
    sky: [f32; 3],
    hill: [f32; 3],
    water: [f32; 3],
}

const LIGHTS: [Light; 4] = [
    Light { sky: [250.0, 225.0, 190.0], hill: [92.0, 124.0, 120.0], water: [168.0, 196.0, 202.0] },
    Light { sky: [205.0, 228.0, 245.0], hill: [70.0, 120.0, 92.0], water: [120.0, 170.0, 190.0] },
    Light { sky: [246.0, 208.0, 196.0], hill: [120.0, 104.0, 132.0], water: [196.0, 170.0, 178.0] },
    Light { sky: [228.0, 240.0, 224.0], hill: [96.0, 138.0, 84.0], water: [150.0, 190.0, 170.0] },
];

/// A picture of the lake; other numbers give other hills and another light.
pub fn lake(number: u32) -> Result<Vec<u8>> {
    let light = &LIGHTS[number as usize % LIGHTS.len()];
    let (width, height) = SIZE_PX;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (x as f32 / width as f32, y as f32 / height as f32);
        let shore = 0.66;
        // the water shows the hills upside down, a little darker and with a ripple
        let mirrored = down > shore;
        let seen = if mirrored { 2.0 * shore - down + ripple(across, down) } else { down };
        let colour = land(light, number, across, seen);
        let share = if mirrored { 0.45 + 0.4 * (down - shore) / (1.0 - shore) } else { 0.0 };
        Rgb(mixed(colour, light.water, share))
    });
    jpeg(&picture)
}

/// A round mark: a leaf over water.
pub fn mark() -> Result<Vec<u8>> {
    const EDGE_PX: u32 = 640;
    let picture = RgbImage::from_fn(EDGE_PX, EDGE_PX, |x, y| {
        let (across, down) = (2.0 * x as f32 / EDGE_PX as f32 - 1.0, 2.0 * y as f32 / EDGE_PX as f32 - 1.0);
        let radius = across.hypot(down);
        let wave = 0.35 + 0.05 * (across * 7.0).sin();
        let leaf = (across - 0.1).powi(2) / 0.09 + (down + 0.25 - across * 0.5).powi(2) / 0.045 < 1.0;
        Rgb(match () {
            () if radius > 0.96 => [255, 255, 255],
            () if radius > 0.88 => [143, 29, 20],
            () if down > wave => [72, 132, 158],
            () if down > wave - 0.06 => [190, 215, 224],
            () if leaf => [86, 138, 78],
            () => [250, 246, 238],
        })
    });
    jpeg(&picture)
}

fn ripple(across: f32, down: f32) -> f32 {
    0.006 * (down * 240.0 + (across * 9.0).sin() * 3.0).sin()
}

fn land(light: &Light, number: u32, across: f32, down: f32) -> [f32; 3] {
    let mut colour = [0, 1, 2].map(|channel| light.sky[channel] + (255.0 - light.sky[channel]) * down * 0.6);
    for hill in 0..HILLS {
        let near = (hill + 1) as f32 / HILLS as f32;
        let phase = number as f32 * 1.7 + hill as f32 * 2.3;
        let crest = 0.62 - 0.34 * (1.0 - near * 0.7)
            + 0.06 * (across * (3.0 + hill as f32) + phase).sin()
            + 0.02 * (across * 13.0 + phase * 2.0).sin();
        if down > crest {
            // far hills are lost in the haze
            colour = [0, 1, 2].map(|channel| light.sky[channel] + (light.hill[channel] - light.sky[channel]) * near);
        }
    }
    colour
}

fn mixed(one: [f32; 3], two: [f32; 3], share: f32) -> [u8; 3] {
    [0, 1, 2].map(|channel| (one[channel] * (1.0 - share) + two[channel] * share).clamp(0.0, 255.0) as u8)
}

fn jpeg(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(picture)?;
    Ok(bytes)
}

/// The same file as a telephone would have written it: an EXIF segment whose GPS directory says 29° N.
pub fn with_place(jpeg: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let gps_at: u32 = 8 + 2 + 12 + 4;
    let tiff = [
        &b"II\x2a\0\x08\0\0\0"[..],
        &1_u16.to_le_bytes(),
        &entry(0x8825, 4, 1, gps_at.to_le_bytes()),
        &0_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &entry(1, 2, 2, *b"N\0\0\0"),
        &0_u32.to_le_bytes(),
        b"GPS 29.95 N 121.71 E",
    ]
    .concat();
    let length = u16::try_from(tiff.len() + 8).unwrap_or(u16::MAX).to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}
