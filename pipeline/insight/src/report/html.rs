//! Tables as one HTML document that mail clients show: tables in a table, no resource from
//! elsewhere, no script, light or dark as its reader has it.

use super::text::{cell_text, plain};
use super::{Column, Kind, Table};
use model::Zone;

/// Clients that drop a style sheet see black on white.
const HEAD: &str = "<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n\
    <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
    <style>\n\
    body { margin: 0; padding: 16px; font: 15px/1.4 sans-serif; color: #1b1b1f; \
    background: #ffffff; }\n\
    h1 { font-size: 20px; } h2 { font-size: 16px; margin: 24px 0 8px; }\n\
    th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid #d4d4da; \
    vertical-align: top; }\n\
    @media (prefers-color-scheme: dark) {\n\
    body { color: #ececf1 !important; background: #17171a !important; }\n\
    th, td { border-color: #46464d !important; }\n\
    }\n\
    </style>\n";

/// A document of tables under a heading, with times in a zone. Every word is escaped.
pub fn html(heading: &str, tables: &[Table], zone: &Zone) -> String {
    let heading = escaped(heading);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n{HEAD}<title>{heading}</title>\n</head>\n\
         <body>\n<table role=\"presentation\" width=\"100%\" cellspacing=\"0\" \
         cellpadding=\"0\" border=\"0\"><tr><td>\n<h1>{heading}</h1>\n"
    );
    tables.iter().for_each(|table| section(table, zone, &mut out));
    out.push_str("</td></tr></table>\n</body>\n</html>\n");
    out
}

fn section(table: &Table, zone: &Zone, out: &mut String) {
    out.push_str(&format!("<h2>{}</h2>\n", escaped(&table.title)));
    if !table.rows.is_empty() {
        out.push_str("<table cellspacing=\"0\" cellpadding=\"4\" border=\"0\">\n<tr>");
        let is_for_people = |column: &&Column| !column.heading.is_empty();
        for column in table.columns.iter().filter(is_for_people) {
            let (side, heading) = (side(column.kind), escaped(column.heading));
            out.push_str(&format!("<th scope=\"col\" align=\"{side}\">{heading}</th>"));
        }
        out.push_str("</tr>\n");
        for row in &table.rows {
            out.push_str("<tr>");
            let cells = row.iter().zip(&table.columns);
            for (cell, column) in cells.filter(|(_, column)| is_for_people(column)) {
                let (side, text) = (side(column.kind), escaped(&cell_text(cell, zone)));
                out.push_str(&format!("<td align=\"{side}\">{text}</td>"));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</table>\n");
    }
    for note in &table.notes {
        out.push_str(&format!("<p>{}</p>\n", escaped(note)));
    }
}

fn side(kind: Kind) -> &'static str {
    match kind {
        Kind::Count | Kind::Share | Kind::Money => "right",
        Kind::Text | Kind::Rate | Kind::Time | Kind::Figure | Kind::Worth => "left",
        Kind::Estimate | Kind::Effect | Kind::EstimatedMoney => "left",
    }
}

/// Words that say in HTML what they are, and nothing else.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
