#include "apps/server/openapi.h"

#include <nlohmann/json.hpp>

#include "apps/server/request_fields.h"
#include "tessera/info.h"

namespace tessera::server {
namespace {

using Json = nlohmann::ordered_json;

Json reference(const char* schema) {
  return {{"$ref", std::string("#/components/schemas/") + schema}};
}

Json field_schema(const FieldDescription& field) {
  Json schema = {{"description", field.description}};
  switch (field.kind) {
    case FieldKind::text:
      schema["type"] = "string";
      break;
    case FieldKind::integer:
      schema["type"] = "integer";
      break;
    case FieldKind::number:
      schema["type"] = "number";
      break;
    case FieldKind::truth:
      schema["type"] = "boolean";
      break;
    case FieldKind::list:
      schema["type"] = "array";
      schema["items"] = {{"type", "string"}};
      break;
  }
  if (!field.values.empty()) schema["enum"] = field.values;
  return schema;
}

Json form(Endpoint endpoint) {
  Json properties = {{"file",
                      {{"type", "string"},
                       {"format", "binary"},
                       {"description", "The sound, or a film with sound, in any usual format"}}}};
  for (const FieldDescription& field : describe_fields()) {
    if ((field.endpoints & static_cast<unsigned>(endpoint)) == 0) continue;
    properties[std::string(field.name)] = field_schema(field);
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"required", {"file"}}};
  return {{"required", true}, {"content", {{"multipart/form-data", {{"schema", schema}}}}}};
}

Json answer(const char* description, const char* type, const Json& schema) {
  return {{"description", description}, {"content", {{type, {{"schema", schema}}}}}};
}

Json error(const char* description) {
  return answer(description, "application/json", reference("Error"));
}

/// Errors that any request may meet, and those that a form may.
Json with_errors(Json responses, bool takes_form) {
  responses["401"] = error("No key of this server, where it asks for one");
  responses["403"] = error("A page of an origin that may not use the server");
  if (takes_form) {
    responses["400"] = error("A field that is wrong, or sound that cannot be read");
    responses["404"] = error("No such model");
    responses["408"] = error("The request did not come in time");
    responses["413"] = error("The file or the form is too large");
    responses["415"] = error("The body is no multipart/form-data");
    responses["429"] = error("Too many requests wait; Retry-After says when to come again");
    responses["500"] = error("A mistake of the server");
    responses["503"] = error("The model is being loaded, or the server is ending");
    responses["504"] = error("It took longer than the server allows");
    responses["507"] = error("No room for the file");
  }
  return responses;
}

Json transcript_operation(Endpoint endpoint, const char* id, const char* summary) {
  Json content = {
      {"application/json", {{"schema", reference("Transcript")}}},
      {"text/plain", {{"schema", {{"type", "string"}}}}},
      {"text/vtt", {{"schema", {{"type", "string"}}}}},
  };
  if (endpoint == Endpoint::transcriptions) {
    content["text/event-stream"] = {{"schema", {{"type", "string"}}}};
  }
  Json responses = {{"200", {{"description", "The transcript"}, {"content", content}}}};
  return {{"operationId", id},
          {"summary", summary},
          {"requestBody", form(endpoint)},
          {"responses", with_errors(responses, true)}};
}

Json get_operation(const char* id, const char* summary, const char* type, const Json& schema) {
  return {{"get",
           {{"operationId", id},
            {"summary", summary},
            {"responses", with_errors({{"200", answer("Done", type, schema)}}, false)}}}};
}

Json probe(const char* id, const char* summary) {
  const Json object = {{"type", "object"}};
  return {{"get",
           {{"operationId", id},
            {"summary", summary},
            {"security", Json::array()},
            {"responses",
             {{"200", answer("Yes", "application/json", object)},
              {"503", answer("Not now", "application/json", object)}}}}}};
}

Json paths() {
  const Json text = {{"type", "string"}};
  Json model = get_operation("getModel", "One model", "application/json", reference("Model"));
  model["get"]["responses"]["404"] = error("No such model");
  model["get"]["parameters"] = Json::array(
      {{{"name", "id"}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}}});
  return {
      {"/v1/audio/transcriptions",
       {{"post", transcript_operation(Endpoint::transcriptions, "createTranscription",
                                      "Speech to text, as OpenAI's interface")}}},
      {"/v1/audio/translations",
       {{"post", transcript_operation(Endpoint::translations, "createTranslation",
                                      "Speech to English text, as OpenAI's interface")}}},
      {"/inference",
       {{"post", transcript_operation(Endpoint::inference, "inference",
                                      "Speech to text, as whisper.cpp's server")}}},
      {"/v1/models",
       get_operation("listModels", "The models", "application/json", reference("ModelList"))},
      {"/v1/models/{id}", model},
      {"/metrics", get_operation("metrics", "Counters for Prometheus", "text/plain", text)},
      {"/version",
       get_operation("version", "The program's version", "application/json", {{"type", "object"}})},
      {"/openapi.json",
       get_operation("openapi", "This document", "application/json", {{"type", "object"}})},
      {"/health", probe("health", "Whether the model is loaded")},
      {"/live", probe("live", "Whether the process answers")},
      {"/ready", probe("ready", "Whether requests are taken")},
  };
}

Json object(const Json& properties, const Json& required) {
  return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

Json schemas() {
  const Json text = {{"type", "string"}};
  const Json number = {{"type", "number"}};
  const Json integer = {{"type", "integer"}};
  const Json model =
      object({{"id", text}, {"object", text}, {"created", integer}, {"owned_by", text}},
             {"id", "object", "created", "owned_by"});
  const Json word =
      object({{"word", text}, {"start", number}, {"end", number}}, {"word", "start", "end"});
  const Json segment = object({{"id", integer}, {"start", number}, {"end", number}, {"text", text}},
                              {"id", "start", "end", "text"});
  const auto list_of = [](const char* schema) {
    return Json{{"type", "array"}, {"items", reference(schema)}};
  };
  return {{"Error", object({{"error", object({{"message", text},
                                              {"type", text},
                                              {"param", {{"type", {"string", "null"}}}},
                                              {"code", text}},
                                             {"message", "type", "param", "code"})}},
                           Json::array({"error"}))},
          {"Model", model},
          {"ModelList", object({{"object", text}, {"data", list_of("Model")}}, {"object", "data"})},
          {"Word", word},
          {"Segment", segment},
          {"Transcript", object({{"text", text},
                                 {"language", text},
                                 {"duration", number},
                                 {"segments", list_of("Segment")},
                                 {"words", list_of("Word")}},
                                Json::array({"text"}))}};
}

}  // namespace

std::string openapi_document() {
  const Json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Tessera"},
        {"description", "Speech to text with Whisper models"},
        {"version", version()},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"security", Json::array({{{"key", Json::array()}}, Json::object()})},
      {"paths", paths()},
      {"components",
       {{"schemas", schemas()},
        {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
  };
  return document.dump();
}

}  // namespace tessera::server
