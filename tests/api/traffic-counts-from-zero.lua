-- API.md 4: w:traffic counts since 0, by caller, called and operation, answers with their calls.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local a, b = w:nodes()
    local none = w:traffic()
    expect(none.messages == 0 and none.bytes == bytes(0) and none.replies == 0 and none.failed == 0, "before 0")
    wait(s(20))
    local reports = w:traffic { op = "REPORT" }.messages
    expect(reports >= 18 and reports <= 22, "two nodes report every 2 s: " .. reports)
    local k = w:client { server = a, name = "k" }
    expect(k:register { service = "x" } and k:update { service = "x", weight = 2 }, "refused")
    local writes = w:traffic { from = k, op = "REGISTER" }
    expect(writes.messages == 2 and writes.replies == 2 and writes.failed == 0, "writes of k")
    expect(writes.bytes > bytes(100) and writes.reply_bytes > bytes(0), "sizes")
    expect(w:traffic { from = "k", to = b }.messages == 0, "k never calls b")
    wait(s(6))
    local out = w:traffic { from = a, to = b, op = "CHANGE" }
    expect(out.messages >= 1 and out.messages <= 2 and w:traffic { from = b, op = "CHANGE" }.messages == 0, "CHANGE")
    w:cut(a, b)
    expect(k:update { service = "x", weight = 3 }, "refused")
    wait(s(6))
    expect(w:traffic { from = a, to = b, op = "CHANGE" }.failed == 1, "lost in the cut")
  end,
}
