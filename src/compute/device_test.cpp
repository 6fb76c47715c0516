#include "src/compute/device.h"

#include <gtest/gtest.h>

#include <functional>

#include "src/compute/devices.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::internal;
}

TEST(DeviceSpec, SplitsNameAndOptions) {
  const DeviceSpec spec = DeviceSpec::parse("npu-sim:clock=1.0,grade=peano");
  EXPECT_EQ(spec.name, "npu-sim");
  EXPECT_EQ(spec.options,
            (std::map<std::string, std::string>{{"clock", "1.0"}, {"grade", "peano"}}));
  EXPECT_TRUE(DeviceSpec::parse("cpu").options.empty());
}

TEST(DeviceSpec, RefusesWhatIsNotKeyAndValue) {
  for (const char* text : {"", ":a=b", "cpu:a", "cpu:=b", "cpu:a=b,,c=d"}) {
    EXPECT_EQ(code_of([&] { DeviceSpec::parse(text); }), ErrorCode::bad_argument) << text;
  }
}

TEST(Devices, NamesAreOpenedOrRefusedNeverReplaced) {
  EXPECT_EQ(code_of([] { open_device(DeviceSpec::parse("gpu")); }), ErrorCode::bad_argument);
  EXPECT_EQ(code_of([] { open_device(DeviceSpec::parse("reference:clock=1")); }),
            ErrorCode::bad_argument);
  for (const DeviceEntry& entry : known_devices()) {
    if (entry.available) {
      const auto device = open_device(DeviceSpec::parse(entry.name));
      EXPECT_EQ(device->describe().rfind(entry.name + ":", 0), 0u) << device->describe();
    }
  }
  EXPECT_NO_THROW(open_device(DeviceSpec::parse("auto")));
}

TEST(Precisions, HaveNames) {
  for (const Precision precision :
       {Precision::automatic, Precision::f32, Precision::bf16, Precision::int8}) {
    EXPECT_EQ(parse_precision(precision_name(precision)), precision);
  }
  EXPECT_EQ(code_of([] { parse_precision("fp8"); }), ErrorCode::bad_argument);
}

}  // namespace
}  // namespace tessera::compute
