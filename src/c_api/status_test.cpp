// Exceptions as statuses, and messages per thread.
#include "src/c_api/status.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <thread>

namespace tessera::c_api {
namespace {

template <class Exception>
tessera_status status_of(const Exception& exception) {
  return guarded([&] { throw exception; });
}

TEST(Status, MirrorsErrorCodes) {
  const struct {
    ErrorCode code;
    tessera_status status;
  } pairs[] = {{ErrorCode::bad_argument, TESSERA_BAD_ARGUMENT},
               {ErrorCode::bad_file, TESSERA_BAD_FILE},
               {ErrorCode::unsupported, TESSERA_UNSUPPORTED},
               {ErrorCode::out_of_memory, TESSERA_OUT_OF_MEMORY},
               {ErrorCode::device_failed, TESSERA_DEVICE_FAILED},
               {ErrorCode::cancelled, TESSERA_CANCELLED},
               {ErrorCode::internal, TESSERA_INTERNAL}};
  for (const auto& pair : pairs) {
    EXPECT_EQ(status_of(Error(pair.code, "why")), pair.status);
    EXPECT_STREQ(tessera_last_error(), "why");
    EXPECT_STREQ(tessera_status_name(pair.status), error_code_name(pair.code));
  }
  EXPECT_STREQ(tessera_status_name(TESSERA_OK), "ok");
  EXPECT_STREQ(tessera_status_name(static_cast<tessera_status>(7)), "internal");
}

TEST(Status, KnowsOtherExceptions) {
  EXPECT_EQ(status_of(std::bad_alloc()), TESSERA_OUT_OF_MEMORY);
  EXPECT_STREQ(tessera_last_error(), "not enough memory");
  EXPECT_EQ(status_of(std::out_of_range("theirs")), TESSERA_INTERNAL);
  EXPECT_STREQ(tessera_last_error(), "theirs");
  EXPECT_EQ(status_of(42), TESSERA_INTERNAL);
  EXPECT_STREQ(tessera_last_error(), "an exception that is no std::exception");
}

TEST(Status, KeepsTheMessageUntilTheNextFailureOfTheThread) {
  status_of(Error(ErrorCode::bad_file, "first"));
  EXPECT_EQ(guarded([] {}), TESSERA_OK);
  std::string of_other_thread = "unset";
  std::thread([&] {
    of_other_thread = tessera_last_error();
    status_of(Error(ErrorCode::bad_file, "second"));
  }).join();
  EXPECT_EQ(of_other_thread, "");
  EXPECT_STREQ(tessera_last_error(), "first");
}

TEST(Status, CutsLongMessagesBetweenCharacters) {
  std::string message(2046, 'x');
  message += "ü and more";
  status_of(Error(ErrorCode::bad_file, message));
  EXPECT_EQ(tessera_last_error(), std::string(2046, 'x'));
}

TEST(Status, RefusesNull) {
  const char* nothing = nullptr;
  EXPECT_EQ(guarded([&] { require(nothing, "path"); }), TESSERA_BAD_ARGUMENT);
  EXPECT_STREQ(tessera_last_error(), "path: expected a pointer, got NULL");
}

}  // namespace
}  // namespace tessera::c_api
