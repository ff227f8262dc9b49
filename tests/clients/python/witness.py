"""Reads each kind of odd answer with the official Python client, and checks what it makes of it.

Usage: witness.py BASE_URL < questions.json (see run.js). Each answer is read whole, as a stream, with the stream helper and by
the Responses API. Its parts must have the types that the client states, and texts that Python can write."""

import json
import sys

from openai import OpenAI, OpenAIError
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response

client = OpenAI(api_key="token", base_url=sys.argv[1], max_retries=0, timeout=30)

parameters = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
functions = [{"name": name, "strict": True, "parameters": parameters} for name in ("weather", "search")]
chat_tools = [{"type": "function", "function": function} for function in functions]
response_tools = [{"type": "function", **function} for function in functions]


def ask(question):
    messages = [{"role": "user", "content": question}]
    return {"model": "m", "messages": messages, "tools": chat_tools}


def read_choice(choice):
    calls = choice.message.tool_calls or []
    return {"text": choice.message.content or "", "cities": [call.function.arguments for call in calls]}


def read_whole(question):
    completion = client.chat.completions.create(**ask(question))
    ChatCompletion.model_validate(completion.to_dict())
    return read_choice(completion.choices[0])


def read_stream(question):
    text, cities = "", {}
    for chunk in client.chat.completions.create(**ask(question), stream=True):
        ChatCompletionChunk.model_validate(chunk.to_dict())
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                cities[call.index] = cities.get(call.index, "") + (call.function.arguments or "")
    return {"text": text, "cities": list(cities.values())}


def read_helper(question):
    with client.chat.completions.stream(**ask(question)) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "content.delta")
        completion = stream.get_final_completion()
    read = read_choice(completion.choices[0])
    assert deltas == read["text"], f"the events have the text {deltas!r}"
    return read


def read_response(response):
    Response.model_validate(response.to_dict())
    calls = [item.arguments for item in response.output if item.type == "function_call"]
    return {"text": response.output_text, "cities": calls}


def read_responses_whole(question):
    return read_response(client.responses.create(model="m", input=question, tools=response_tools))


def read_responses_stream(question):
    with client.responses.stream(model="m", input=question, tools=response_tools) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        response = stream.get_final_response()
    read = read_response(response)
    assert deltas == read["text"], f"the events have the text {deltas!r}"
    return read


readers = {
    "whole": {"chat": read_whole, "responses": read_responses_whole},
    "stream": {"chat": read_stream, "helper": read_helper, "responses": read_responses_stream},
}

# The stream helpers take these reasons for errors of the caller.
refused_by_helpers = ("length", "content_filter")


def to_values(cities):
    return [json.loads(city) for city in cities]


def check(read, question, reads):
    """Returns what is wrong; None if nothing is."""
    try:
        found = read(question)
        if reads.get("fails"):
            return f"no error, but {found}"
        found["text"].encode("utf-8")
        wanted = {"text": reads["text"], "cities": to_values(reads["cities"])}
        is_same = {**found, "cities": to_values(found["cities"])} == wanted
        return None if is_same else f"read {found}, not {wanted}"
    except OpenAIError as error:
        return None if reads.get("fails") else f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def main():
    checks, problems = 0, []
    for given in json.load(sys.stdin):
        question, reads = given["question"], given["reads"]
        for form in given["forms"]:
            for name, read in readers[form].items():
                if form == "stream" and name != "chat" and reads.get("reason") in refused_by_helpers:
                    continue
                checks += 1
                problem = check(read, question, reads)
                if problem:
                    problems.append(f"{question}, {form}, {name}: {problem}")
    for problem in problems:
        print(problem)
    print(f"{checks} answers read with the Python client, {len(problems)} wrong.")
    return 1 if problems else 0


sys.exit(main())
