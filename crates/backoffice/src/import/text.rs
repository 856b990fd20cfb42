//! Bytes to text: which characters they are, and the lines of them.

use encoding_rs::{Encoding, WINDOWS_1252};

/// The text of a file: by its byte order mark, else as UTF-8, else as Windows-1252, which some
/// exports are and which can read any bytes.
pub(crate) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
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
        assert_eq!(decode("\u{feff}Äyrämö".as_bytes()), "Äyrämö");
        assert_eq!(decode("Äyrämö".as_bytes()), "Äyrämö");
        assert_eq!(decode(b"\xc4yr\xe4m\xf6 \x80"), "Äyrämö €");
        assert_eq!(decode(b"\xff\xfe\xc4\x00"), "Ä");
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let read = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(read("a\r\nb\n"), [(1, "a"), (2, "b"), (3, "")]);
        assert_eq!(read("a\rb"), [(1, "a"), (2, "b")]);
    }
}
