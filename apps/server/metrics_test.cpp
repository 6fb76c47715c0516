#include "apps/server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::server {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, HistogramsCountWhatIsAtMostTheBound) {
  Histogram histogram({1, 2});
  for (const double value : {0.5, 1.0, 1.5, 3.0}) histogram.add(value);
  EXPECT_EQ(
      histogram.text("h"),
      "h_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 3\nh_bucket{le=\"+Inf\"} 4\nh_sum 6\nh_count 4\n");
}

TEST(Metrics, RequestsAreCountedByPathAndStatus) {
  Metrics metrics;
  metrics.count_request("/inference", 200, 0.2);
  metrics.count_request("/inference", 200, 0.2);
  metrics.count_request("/inference", 429, 0.2);
  metrics.count_rejected("queue_full");
  const std::string text = metrics.text({});
  EXPECT_THAT(text,
              HasSubstr("tessera_requests_total{endpoint=\"/inference\",status=\"200\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("tessera_requests_total{endpoint=\"/inference\",status=\"429\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tessera_request_duration_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("tessera_rejected_total{reason=\"queue_full\"} 1\n"));
}

TEST(Metrics, WindowsThatWereTriedAgainAreCounted) {
  Metrics metrics;
  WindowReport window;
  window.attempts = {{.temperature = 0}, {.temperature = 0.2}, {.temperature = 0.4}};
  metrics.count_window(window);
  window.attempts.resize(2);
  window.silence = true;
  metrics.count_window(window);
  const std::string text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("tessera_windows_total{silence=\"false\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tessera_windows_total{silence=\"true\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tessera_fallback_total{temperature=\"0.2\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tessera_fallback_total{temperature=\"0.4\"} 1\n"));
}

TEST(Metrics, WorkIsSetAgainstSound) {
  Metrics metrics;
  Result result;
  result.duration_s = 10;
  result.seconds.decode = 1;
  metrics.count_transcript(result);
  metrics.count_transcript({});  // no sound, no factor
  const std::string text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("tessera_audio_seconds_total 10\n"));
  EXPECT_THAT(text, HasSubstr("tessera_processing_seconds_total{stage=\"decode\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tessera_real_time_factor_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tessera_real_time_factor_count 1\n"));
}

TEST(Metrics, LabelsCannotEnd) {
  const std::string text = Metrics().text({.model = "a\"} 1\nb\\", .device = "cpu"});
  EXPECT_THAT(text, HasSubstr("{name=\"a\\\"} 1 b\\\\\",device=\"cpu\","));
  EXPECT_THAT(text, Not(HasSubstr("\nb")));
}

}  // namespace
}  // namespace tessera::server
