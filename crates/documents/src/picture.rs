//! Photos and marks as they are kept and printed: small, upright, and without anything about who took them where.
//!
//! A phone writes the place, the time and its own number into each photo (EXIF, GPS). Only the pixels are taken
//! over: whatever else a file carries ends here, whether or not this program knows its name.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, Limits, RgbImage};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// A picture that can be kept, sent and printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// JPEG (JFIF, three components), without metadata.
    pub jpeg: Vec<u8>,
    /// Width, in pixels.
    pub width_px: u32,
    /// Height, in pixels.
    pub height_px: u32,
}

/// Why a picture was not taken. The messages are for the person at the screen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Neither JPEG nor PNG by its content.
    #[error("这个文件不是 JPG 或 PNG 图片，没有添加。请把图片另存为 JPG 后再添加")]
    Kind,
    /// HEIC, which Apple's phones write.
    #[error(
        "这是苹果手机的 HEIC 照片，没有添加。请在手机“设置—相机—格式”中选“兼容性最佳”，或者把照片另存为 JPG 后再添加"
    )]
    Heic,
    /// More pixels than [`EDGE_MAX_PX`] an edge, [`PIXELS_MAX`] in all or [`DECODED_MAX_BYTES`] in memory.
    #[error(
        "图片太大（{width_px}×{height_px} 像素），没有添加。每边不能超过 {EDGE_MAX_PX} 像素，总共不宜超过 5000 万像素，请缩小后再添加"
    )]
    TooManyPixels {
        /// Width that the file says, in pixels.
        width_px: u32,
        /// Height that the file says, in pixels.
        height_px: u32,
    },
    /// A file beyond [`FILE_MAX_BYTES`].
    #[error("图片文件超过 {} MB，没有添加。请缩小后再添加", FILE_MAX_BYTES >> 20)]
    FileTooLarge,
    /// Begins like a picture but cannot be read to its end.
    #[error("图片打不开，可能没有复制完整。请从手机或相机重新复制原图后再添加")]
    Damaged,
}

/// The longest edge of a file that is opened: the largest sensors on phones have 12,000 px.
pub const EDGE_MAX_PX: u32 = 12_000;
/// Decoded pixels in memory; a file of a few kilobytes can claim any number.
pub const DECODED_MAX_BYTES: u64 = 200 << 20;
/// Pixels of any kind: 8,192 × 6,144, the largest that telephones with 50 megapixels write. Grey ones take three times
/// their room when they become colour.
pub const PIXELS_MAX: u64 = 8_192 * 6_144;
/// A photo of 50 megapixels has some 25 MB.
pub const FILE_MAX_BYTES: usize = 64 << 20;
/// The longest edge of a kept picture: 200 dpi over the width of A4.
pub const KEPT_EDGE_PX: u32 = 1_600;
/// Below it blocks show on a laser printer, above it files grow and nobody sees why.
const JPEG_QUALITY: u8 = 85;

/// Reads a JPEG or PNG of any origin and gives back only its pixels: turned as it was taken, on white where it was
/// transparent, at most [`KEPT_EDGE_PX`] on the longer edge.
///
/// # Errors
/// [`PictureError`]; every limit is checked before the pixels are decoded.
pub fn cleaned(bytes: &[u8]) -> Result<Cleaned, PictureError> {
    fit(bytes, KEPT_EDGE_PX)
}

/// As [`cleaned`], for a place on paper that shows no more than `edge_px`.
pub(crate) fn fit(bytes: &[u8], edge_px: u32) -> Result<Cleaned, PictureError> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err(PictureError::FileTooLarge);
    }
    let (pixels, orientation) = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => decode(JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?)?,
        Ok(ImageFormat::Png) => {
            let mut limits = Limits::no_limits();
            limits.max_alloc = Some(DECODED_MAX_BYTES);
            decode(PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(damaged)?)?
        }
        _ if is_heic(bytes) => return Err(PictureError::Heic),
        _ => return Err(PictureError::Kind),
    };
    // scaled before it is turned: turning copies every pixel
    let mut small = DynamicImage::ImageRgb8(scaled(on_white(pixels), edge_px));
    small.apply_orientation(orientation);
    let (width_px, height_px) = (small.width(), small.height());
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(&small).map_err(damaged)?;
    Ok(Cleaned { jpeg, width_px, height_px })
}

fn decode(mut decoder: impl ImageDecoder) -> Result<(DynamicImage, Orientation), PictureError> {
    let (width_px, height_px) = decoder.dimensions();
    let pixels = u64::from(width_px) * u64::from(height_px);
    if width_px.max(height_px) > EDGE_MAX_PX || pixels > PIXELS_MAX || decoder.total_bytes() > DECODED_MAX_BYTES {
        return Err(PictureError::TooManyPixels { width_px, height_px });
    }
    // an unreadable note on how the phone was held costs nobody the photo
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(damaged)?, orientation))
}

/// Which marker is broken helps no clerk: the next step is the same.
fn damaged(_: image::ImageError) -> PictureError {
    PictureError::Damaged
}

fn on_white(pixels: DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8();
    }
    let clear = pixels.into_rgba8();
    RgbImage::from_fn(clear.width(), clear.height(), |x, y| {
        let [red, green, blue, alpha] = clear.get_pixel(x, y).0;
        let over = |channel: u8| {
            let mixed = (u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

/// Box filter down to twice the edge, then a good filter: the good one alone needs 16 bytes for each pixel.
fn scaled(pixels: RgbImage, edge_px: u32) -> RgbImage {
    let longer = pixels.width().max(pixels.height());
    if longer <= edge_px {
        return pixels;
    }
    let mut picture = DynamicImage::ImageRgb8(pixels);
    if longer > 2 * edge_px {
        picture = picture.thumbnail(2 * edge_px, 2 * edge_px);
    }
    picture.resize(edge_px, edge_px, FilterType::CatmullRom).into_rgb8()
}

/// ISO 14496-12: a file type box whose brand is one of HEIF's.
fn is_heic(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"hevc", b"mif1", b"msf1"];
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}
