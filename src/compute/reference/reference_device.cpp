#include "src/compute/reference/reference_device.h"

#include "src/base/thread_pool.h"
#include "src/compute/reference/decoder.h"
#include "src/compute/reference/encoder.h"
#include "tessera/error.h"

namespace tessera::compute::reference {
namespace {

void require_f32(Precision precision) {
  if (precision == Precision::automatic || precision == Precision::f32) return;
  throw Error(ErrorCode::unsupported,
              std::string("device reference: expected precision f32 or auto, got ") +
                  precision_name(precision));
}

class ReferenceDevice : public Device {
 public:
  explicit ReferenceDevice(int threads) : pool_(threads) {}

  std::string describe() const override {
    return "reference: fp32 with float64 sums, encoder and decoder on " +
           std::to_string(pool_.threads()) + (pool_.threads() == 1 ? " thread" : " threads");
  }

  std::unique_ptr<EncoderEngine> load_encoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    require_f32(precision);
    return make_encoder(std::move(weights), pool_);
  }

  std::unique_ptr<DecoderEngine> load_decoder(std::shared_ptr<const ModelWeights> weights,
                                              Precision precision) override {
    require_f32(precision);
    return make_decoder(std::move(weights), pool_);
  }

  std::string describe_plan(const ModelWeights&, Precision precision) const override {
    require_f32(precision);
    return "everything: f32\n";
  }

 private:
  base::ThreadPool pool_;
};

}  // namespace

std::unique_ptr<Device> open_reference_device(const DeviceSpec& spec) {
  if (!spec.options.empty()) {
    throw Error(ErrorCode::bad_argument,
                "device reference: expected no options, got '" + spec.options.begin()->first + "'");
  }
  return std::make_unique<ReferenceDevice>(spec.threads > 0 ? spec.threads
                                                            : base::available_cores());
}

}  // namespace tessera::compute::reference
