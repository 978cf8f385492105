// SPDX-License-Identifier: Apache-2.0
#include "workloads/janeausten.hpp"

#include <zlib.h>

#include <array>
#include <memory>

#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::workloads {
namespace {

namespace fs = std::filesystem;

constexpr std::array novels{"emma", "mansfieldpark", "northangerabbey", "persuasion", "prideprejudice", "sensesensibility"};
constexpr const char* package_path = "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb";
constexpr std::uint32_t largest_record = 64u << 20;

/// Big-endian integers and strings, front to back, never past the end.
class Reader {
 public:
  Reader(const fs::path& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  std::uint32_t integer() {
    const std::string_view word = take(4);
    std::uint32_t value = 0;
    for (const char byte : word) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) refuse("it ends early");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  std::string_view rest() const { return bytes_; }

  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(path_.string() + " is not the data of the package r-cran-janeaustenr: " + what + ".");
  }

 private:
  const fs::path& path_;
  std::string_view bytes_;
};

/// The uncompressed content of the record that begins here; moves past it.
std::string inflate_record(Reader& reader) {
  const std::uint32_t size = reader.integer();
  if (size > largest_record) reader.refuse("a record claims " + std::to_string(size) + " bytes");
  std::string content(size, '\0');
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::runtime_error("zlib cannot start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(reader.rest().data()));
  stream.avail_in = static_cast<uInt>(reader.rest().size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(size);
  const int status = inflate(&stream, Z_FINISH);
  if (status != Z_STREAM_END || stream.avail_out != 0) reader.refuse("a record is damaged");
  reader.take(stream.total_in);
  return content;
}

std::vector<std::string> character_vector(const fs::path& path, std::string_view record) {
  constexpr std::uint32_t type_mask = 0xff, string_vector = 16, string = 9;
  Reader reader(path, record);
  if (reader.take(2) != "X\n") reader.refuse("a record is not in XDR format");
  if (const std::uint32_t version = reader.integer(); version != 3)
    reader.refuse("a record has the serialization version " + std::to_string(version) + ", 3 is known");
  reader.take(8);  // versions of R
  reader.take(reader.integer());  // native encoding
  if ((reader.integer() & type_mask) != string_vector) reader.refuse("a record is no character vector");
  const std::uint32_t count = reader.integer();
  std::vector<std::string> lines;
  for (std::uint32_t i = 0; i < count; ++i) {
    if ((reader.integer() & type_mask) != string) reader.refuse("a line is no string");
    lines.emplace_back(reader.take(reader.integer()));
  }
  return lines;
}

}  // namespace

std::map<std::string, std::vector<std::string>> read_novels(const fs::path& rdata) {
  const std::string bytes = read_file_text(rdata);
  Reader reader(rdata, bytes);
  std::map<std::string, std::vector<std::string>> found;
  for (const char* name : novels) found[name] = character_vector(rdata, inflate_record(reader));
  if (!reader.rest().empty()) reader.refuse("it holds more than six records");
  return found;
}

fs::path find_novels(const fs::path& texts) {
  for (const fs::path& root : {texts, fs::path("/")})
    if (fs::exists(root / package_path)) return root / package_path;
  throw InputError("The default evaluation text needs the Debian package r-cran-janeaustenr, but there is neither " +
                   (texts / package_path).string() + " nor /" + package_path + ". In " + texts.string() +
                   " run: apt-get download r-cran-janeaustenr && dpkg-deb -x r-cran-janeaustenr_*.deb .  (R is not needed.) "
                   "Or give a text of your own with --text FILE.");
}

}  // namespace macroscope::workloads
