//! Bytes to text: which characters they are, and the lines of them.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::FileEncoding;

/// The text of a file: by its byte order mark, else as UTF-8, else as Windows-1252, which some
/// exports are and which can read any bytes.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, FileEncoding) {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        let text = encoding.decode_without_bom_handling(rest).0.into_owned();
        let kind = if encoding == UTF_8 {
            FileEncoding::Utf8Bom
        } else {
            FileEncoding::Utf16
        };
        return (text, kind);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, FileEncoding::Utf8),
        Err(error) => {
            let text = WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0;
            (text.into_owned(), FileEncoding::Windows1252)
        }
    }
}

/// The lines of a text with their numbers from 1, without their ends (`\n`, `\r\n` or `\r`).
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Old exports end lines with a lone `\r`; where there is a `\n`, that one counts.
    let end = if text.contains('\n') { '\n' } else { '\r' };
    text.split(end)
        .enumerate()
        .map(|(number, line)| (number + 1, line.strip_suffix('\r').unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_with_a_mark_without_one_and_in_the_old_encoding() {
        use FileEncoding::{Utf8, Utf8Bom, Utf16, Windows1252};
        let cases: [(&[u8], &str, FileEncoding); 5] = [
            ("\u{feff}Äyrämö".as_bytes(), "Äyrämö", Utf8Bom),
            ("Äyrämö".as_bytes(), "Äyrämö", Utf8),
            (b"\xc4yr\xe4m\xf6 \x80", "Äyrämö €", Windows1252),
            (b"\xff\xfe\xc4\x00", "Ä", Utf16),
            (b"\xfe\xff\x00\xc4", "Ä", Utf16),
        ];
        for (bytes, text, encoding) in cases {
            assert_eq!(decode(bytes.to_vec()), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let read = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(read("a\r\nb\n"), [(1, "a"), (2, "b"), (3, "")]);
        assert_eq!(read("a\rb"), [(1, "a"), (2, "b")]);
    }
}
