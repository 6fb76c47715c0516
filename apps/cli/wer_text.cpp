#include "apps/cli/wer_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

#include "apps/cli/console.h"

namespace tessera::cli {
namespace {

/// Characters, as which every byte counts that does not continue one.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
  }));
}

std::string padded_cell(const std::string& text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, width(text)), ' ');
}

std::string right_aligned(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, width(text)), ' ') + text;
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "-";
  char text[40];
  std::snprintf(text, sizeof text, "%.2f%%", 100 * share);
  return text;
}

using TextRow = std::vector<std::string>;

TextRow row_of(const WerReport& report) {
  const WordErrors total = total_errors(report);
  return {printable(report.name),
          std::to_string(report.transcripts.size()),
          std::to_string(count_changed(report)),
          std::to_string(total.words()),
          std::to_string(total.substitutions),
          std::to_string(total.deletions),
          std::to_string(total.insertions),
          percent(word_error_rate(total)),
          percent(character_error_rate(report))};
}

struct Column {
  std::string reference, hypothesis, mark;
  std::size_t columns;
};

Column column_of(const AlignedWord& word) {
  constexpr std::string_view kMarks = " SDI";
  Column column{printable(word.reference), printable(word.hypothesis),
                std::string(kMarks.substr(static_cast<std::size_t>(word.kind), 1)), 0};
  column.columns = std::max(width(column.reference), width(column.hypothesis));
  if (word.kind == AlignedWord::Kind::insertion) column.reference.assign(column.columns, '*');
  if (word.kind == AlignedWord::Kind::deletion) column.hypothesis.assign(column.columns, '*');
  return column;
}

std::string without_trailing_blanks(const std::string& text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// Three lines, the last one only when there is something to mark.
std::string lines_of(std::span<const Column> columns) {
  std::string reference = "  REF ", hypothesis = "  HYP ", marks = "      ";
  bool errors = false;
  for (const Column& column : columns) {
    reference += padded_cell(column.reference, column.columns) + " ";
    hypothesis += padded_cell(column.hypothesis, column.columns) + " ";
    marks += padded_cell(column.mark, column.columns) + " ";
    errors = errors || column.mark != " ";
  }
  return without_trailing_blanks(reference) + "\n" + without_trailing_blanks(hypothesis) + "\n" +
         (errors ? without_trailing_blanks(marks) + "\n" : "");
}

std::string alignment_text(const std::vector<AlignedWord>& alignment, std::size_t columns) {
  constexpr std::size_t kMargin = 6;
  std::string text;
  std::vector<Column> line;
  std::size_t used = kMargin;
  for (const AlignedWord& word : alignment) {
    Column column = column_of(word);
    if (!line.empty() && used + column.columns > columns) {
      text += lines_of(line);
      line.clear();
      used = kMargin;
    }
    used += column.columns + 1;
    line.push_back(std::move(column));
  }
  return line.empty() ? text : text + lines_of(line);
}

}  // namespace

std::string wer_table(const std::vector<WerReport>& reports) {
  std::vector<TextRow> rows = {{"", "files", "changed", "words", "S", "D", "I", "WER", "CER"}};
  for (const WerReport& report : reports) rows.push_back(row_of(report));
  std::vector<std::size_t> columns(rows.front().size(), 0);
  for (const TextRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) columns[i] = std::max(columns[i], width(row[i]));
  }
  std::string text;
  for (const TextRow& row : rows) {
    text += padded_cell(row.front(), columns.front());
    for (std::size_t i = 1; i < row.size(); ++i) text += "  " + right_aligned(row[i], columns[i]);
    text += '\n';
  }
  return text;
}

std::string wer_errors(const WerReport& report, std::size_t columns) {
  std::string text;
  for (const ScoredTranscript& scored : report.transcripts) {
    if (scored.errors.errors() == 0) continue;
    text += printable(report.name) + ": " + printable(scored.id) + ": " +
            std::to_string(scored.errors.errors()) +
            (scored.errors.errors() == 1 ? " error, " : " errors, ") +
            std::to_string(scored.errors.words()) + " words\n" +
            alignment_text(scored.alignment, columns) + "\n";
  }
  return text;
}

}  // namespace tessera::cli
