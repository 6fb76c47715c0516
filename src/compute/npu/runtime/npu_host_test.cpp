#include "src/compute/npu/runtime/npu_host.h"

#include <gmock/gmock.h>

#include "src/compute/npu/runtime/runtime_folder_test.h"

namespace tessera::compute::npu {
namespace {

using testing::HasSubstr;
using HostState = HostNpu::State;

/// A machine with one PCI device.
class Machine {
 public:
  explicit Machine(const std::string& device, const std::string& vendor = "0x1022") {
    folder_.write(kPci + "vendor", vendor + "\n");
    folder_.write(kPci + "device", device + "\n");
    folder_.write("sys/bus/pci/devices/0000:00:01.0/vendor", "0x8086\n");
    folder_.write("sys/bus/pci/devices/0000:00:01.0/device", "0x1502\n");  // of somebody else
  }
  void bind_driver() { folder_.write(kPci + "accel/accel3/dev", "261:3\n"); }
  void set_firmware(const std::string& version) { folder_.write(kPci + "fw_version", version); }
  void make_node() { folder_.write("dev/accel/accel3", ""); }

  HostNpu look() const { return find_host_npu({folder_.path() / "sys", folder_.path() / "dev"}); }

 private:
  const std::string kPci = "sys/bus/pci/devices/0000:c6:00.1/";
  RuntimeFolder folder_;
};

TEST(HostNpu, NamesWhatIsMissingStepByStep) {
  Machine machine("0x1502");
  EXPECT_EQ(machine.look().state, HostState::without_driver);
  EXPECT_THAT(machine.look().problem, HasSubstr("amdxdna (Linux 6.14"));
  EXPECT_THAT(machine.look().problem, HasSubstr("amdnpu/1502_00/npu.sbin"));
  machine.bind_driver();
  EXPECT_EQ(machine.look().state, HostState::without_access);
  EXPECT_THAT(machine.look().problem, HasSubstr("dev/accel/accel3 cannot be opened"));
  EXPECT_THAT(machine.look().problem, HasSubstr("group render"));
  machine.make_node();
  EXPECT_EQ(machine.look().state, HostState::ready);
  EXPECT_EQ(machine.look().problem, "");
  EXPECT_EQ(machine.look().firmware, "");
}

TEST(HostNpu, RefusesFirmwareOlderThanWhatIsKnownToWork) {
  Machine machine("0x1502");
  machine.bind_driver();
  machine.make_node();
  for (const char* version : {"1.4.2.99\n", "0.9.0.0\n"}) {
    machine.set_firmware(version);
    EXPECT_EQ(machine.look().state, HostState::old_firmware) << version;
    EXPECT_THAT(machine.look().problem, HasSubstr("wrong firmware: the NPU runs "));
  }
  for (const char* version : {"1.5.0.0\n", "1.5.5.391\n", "2.0.0.0\n", "255.0.0.1\n", "what\n"}) {
    machine.set_firmware(version);
    EXPECT_EQ(machine.look().state, HostState::ready) << version;
  }
  machine.set_firmware("1.5.5.391\n");
  EXPECT_EQ(machine.look().firmware, "1.5.5.391");
}

TEST(HostNpu, KnowsOtherMachines) {
  EXPECT_EQ(Machine("0x17f0").look().state, HostState::other_npu);
  EXPECT_THAT(Machine("0x17f0").look().problem, HasSubstr("XDNA2"));
  EXPECT_EQ(Machine("0x1502", "0x8086").look().state, HostState::absent);
  EXPECT_EQ(find_host_npu({"/nowhere", "/nowhere"}).state, HostState::absent);
}

}  // namespace
}  // namespace tessera::compute::npu
