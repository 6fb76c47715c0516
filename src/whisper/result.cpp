#include "tessera/result.h"

namespace tessera {

const char* left_out_reason_name(LeftOut::Reason reason) {
  return reason == LeftOut::Reason::no_speech ? "no_speech" : "repetition";
}

}  // namespace tessera
