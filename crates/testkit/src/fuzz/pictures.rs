//! Photographs, scans and marks.

use std::path::Path;

use anyhow::Result;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Luma, Rgb, RgbImage};
use zhenxin_documents::picture;

use super::tables::in_words;
use super::{Target, Verdict, mutation};
use crate::picture as made_up;

pub fn picture(_: &Path) -> Result<Target> {
    let small = RgbImage::from_fn(48, 36, |x, y| Rgb([x as u8 * 5, y as u8 * 7, 90]));
    let mut photo = Vec::new();
    JpegEncoder::new_with_quality(&mut photo, 80).encode_image(&small)?;
    let png = |pixels: &[u8], colour| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes).write_image(pixels, 24, 20, colour)?;
        Ok(bytes)
    };
    let samples = vec![
        made_up::with_place(&photo),
        photo,
        png(&[120; 24 * 20 * 4], ExtendedColorType::Rgba8)?,
        png(&[7; 24 * 20 * 2], ExtendedColorType::L16)?,
        png(&[7; 24 * 20 * 2], ExtendedColorType::La8)?,
        bomb()?,
        claims(65_000, 65_000),
        claims(11_000, 1),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(),
        b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff".to_vec(),
    ];
    Ok(Target { samples, change: mutation::bytes, run: Box::new(run) })
}

fn run(bytes: &[u8]) -> Result<Verdict, String> {
    let cleaned = picture::cleaned(bytes);
    match &cleaned {
        Err(fault) => in_words(&fault.to_string())?,
        Ok(kept) if kept.width_px.max(kept.height_px) > picture::KEPT_EDGE_PX => {
            return Err(format!("kept {}×{}", kept.width_px, kept.height_px));
        }
        Ok(_) => {}
    }
    Ok(Verdict::of(&cleaned))
}

/// 144 megapixels of one grey in 150 KB.
fn bomb() -> Result<Vec<u8>> {
    let edge = picture::EDGE_MAX_PX;
    let grey = image::GrayImage::from_pixel(edge, edge, Luma([200]));
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&grey, edge, edge, ExtendedColorType::L8)?;
    Ok(bytes)
}

/// The head of a PNG of this size, and no pixels.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let crc = !chunk.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend(&chunk);
    bytes.extend(crc.to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    bytes
}
