#![allow(clippy::unwrap_used)]

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};

use super::{Cleaned, EDGE_MAX_PX, KEPT_EDGE_PX, PictureError, cleaned};

/// Red above, blue below: tells which way a picture was turned.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |_, y| if y < height / 2 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) })
}

fn jpeg(pixels: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(pixels).unwrap();
    bytes
}

/// An APP1 segment (EXIF 2.3, little endian): orientation, and a GPS directory with latitude 29°57'12" N.
fn exif(orientation: u16) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let [low, high] = orientation.to_le_bytes();
    let gps_at = 8 + 2 + 2 * 12 + 4;
    let degrees_at = gps_at + 2 + 2 * 12 + 4;
    let mut tiff = b"II\x2a\0\x08\0\0\0".to_vec();
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, 1, [low, high, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, u32::to_le_bytes(gps_at)));
    tiff.extend(0_u32.to_le_bytes());
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, u32::to_le_bytes(degrees_at)));
    tiff.extend(0_u32.to_le_bytes());
    for number in [29_u32, 1, 57, 1, 12, 1] {
        tiff.extend(number.to_le_bytes());
    }
    tiff.extend(b"GPS of the phone");
    let mut segment = b"\xff\xe1".to_vec();
    segment.extend(u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
    segment.extend(b"Exif\0\0");
    segment.extend(tiff);
    segment
}

fn with_segment(jpeg: &[u8], segment: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segment, &jpeg[2..]].concat()
}

fn png(pixels: &[u8], width: u32, height: u32, colour: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(pixels, width, height, colour).unwrap();
    bytes
}

fn pixel(picture: &Cleaned, x: u32, y: u32) -> [u8; 3] {
    image::load_from_memory(&picture.jpeg).unwrap().to_rgb8().get_pixel(x, y).0
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn a_photo_loses_its_place_and_is_turned_upright() {
    let photo = with_segment(&jpeg(&two_halves(64, 32)), &exif(6));
    assert!(contains(&photo, b"Exif") && contains(&photo, b"GPS"));
    let picture = cleaned(&photo).unwrap();
    assert!(!contains(&picture.jpeg, b"Exif") && !contains(&picture.jpeg, b"GPS"));
    assert_eq!((picture.width_px, picture.height_px), (32, 64));
    // orientation 6: the upper edge of the file is the right edge of what was seen
    let ([left_red, _, left_blue], [right_red, _, right_blue]) = (pixel(&picture, 3, 32), pixel(&picture, 28, 32));
    assert!(left_blue > 150 && left_red < 60 && right_red > 150 && right_blue < 60);
}

#[test]
fn no_segment_of_the_original_survives() {
    // a comment, XMP in APP1, an ICC profile in APP2, and bytes after the end of the picture
    let mut photo = jpeg(&two_halves(40, 40));
    for segment in [
        &b"\xff\xfe\x00\x0bcomment__"[..],
        b"\xff\xe1\x00\x26http://ns.adobe.com/xap/1.0/\0<x:place>",
        b"\xff\xe2\x00\x16ICC_PROFILE\0\x01\x01owner_",
    ] {
        photo = with_segment(&photo, segment);
    }
    photo.extend(b"trailing place");
    let picture = cleaned(&photo).unwrap();
    for trace in [&b"comment"[..], b"place", b"adobe", b"ICC_PROFILE", b"owner"] {
        assert!(contains(&photo, trace) && !contains(&picture.jpeg, trace));
    }
}

#[test]
fn what_is_transparent_becomes_white() {
    let pixels =
        RgbaImage::from_fn(32, 16, |x, _| if x < 16 { Rgba([0, 0, 0, 0]) } else { Rgba([0, 0, 0, 128]) }).into_raw();
    let picture = cleaned(&png(&pixels, 32, 16, ExtendedColorType::Rgba8)).unwrap();
    assert_eq!((picture.width_px, picture.height_px), (32, 16));
    assert!(pixel(&picture, 4, 8).iter().all(|channel| *channel > 250));
    assert!(pixel(&picture, 27, 8).iter().all(|channel| (117..=137).contains(channel)));
}

#[test]
fn grey_and_sixteen_bit_pictures_come_out_as_colour() {
    for (bytes, colour) in [(2, ExtendedColorType::L16), (1, ExtendedColorType::L8)] {
        let picture = cleaned(&png(&vec![128; 20 * 10 * bytes], 20, 10, colour)).unwrap();
        assert_eq!(image::load_from_memory(&picture.jpeg).unwrap().color(), image::ColorType::Rgb8);
    }
}

#[test]
fn a_large_picture_is_scaled_in_proportion_and_a_small_one_is_left() {
    let sizes = |width, height| {
        let picture = cleaned(&jpeg(&two_halves(width, height))).unwrap();
        (picture.width_px, picture.height_px)
    };
    assert_eq!(sizes(4000, 3000), (KEPT_EDGE_PX, 1_200));
    assert_eq!(sizes(1000, 2000), (800, KEPT_EDGE_PX));
    assert_eq!(sizes(5000, 1), (KEPT_EDGE_PX, 1));
    assert_eq!(sizes(320, 200), (320, 200));
}

#[test]
fn a_bomb_is_refused_by_its_head() {
    // the head of a PNG without any pixels: were it decoded first, it would be called damaged
    let head = |width: u32, height: u32, colour: u8| {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        chunk.extend([8, colour, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        bytes.extend(&chunk);
        bytes.extend(crc32(&chunk).to_be_bytes());
        bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        bytes
    };
    let refused = |width_px, height_px| Err(PictureError::TooManyPixels { width_px, height_px });
    assert_eq!(cleaned(&head(EDGE_MAX_PX + 1, 1, 0)), refused(EDGE_MAX_PX + 1, 1));
    assert_eq!(cleaned(&head(1, 4_000_000_000 >> 1, 0)), refused(1, 2_000_000_000));
    // within the edges, beyond the memory: 11,000 × 11,000 with four channels is 484 MB
    assert_eq!(cleaned(&head(11_000, 11_000, 6)), refused(11_000, 11_000));
    // grey: 81 MB as it is, 243 MB as colour
    assert_eq!(cleaned(&head(9_000, 9_000, 0)), refused(9_000, 9_000));
    assert_eq!(cleaned(&head(8_192, 6_144, 0)), Err(PictureError::Damaged), "as large as telephones write it");
    assert_eq!(cleaned(&head(100, 100, 0)), Err(PictureError::Damaged));

    let mut photo = jpeg(&two_halves(64, 64));
    let frame = photo.windows(2).position(|window| window == b"\xff\xc0").unwrap();
    photo[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(cleaned(&photo), refused(65_535, 65_535));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn what_is_no_picture_is_refused_with_the_next_step() {
    assert_eq!(cleaned(b""), Err(PictureError::Kind));
    assert_eq!(cleaned("<svg/> 不是照片".as_bytes()), Err(PictureError::Kind));
    assert_eq!(cleaned(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Err(PictureError::Heic));
    assert_eq!(cleaned(b"\xff\xd8\xff\xe0garbage after the mark of a JPEG"), Err(PictureError::Damaged));
    assert_eq!(cleaned(b"\x89PNG\r\n\x1a\ngarbage"), Err(PictureError::Damaged));
    assert_eq!(cleaned(&vec![0; super::FILE_MAX_BYTES + 1]), Err(PictureError::FileTooLarge));
    for fault in [PictureError::Kind, PictureError::Heic, PictureError::FileTooLarge, PictureError::Damaged] {
        assert!(fault.to_string().contains('请'), "{fault}");
    }
}
