-- API.md 4: cuts last until they are healed; a lesser one on top of a greater one lessens nothing.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local a, b = w:nodes()
    local k = w:client { server = b }
    wait(s(1))
    w:cut(a, b, { oneway = true })
    w:cut(a, b, { calls = true })
    expect(k:register { service = "x" }, "refused")
    eventually(s(7), function() return a:knows(k) end, "what b sends reaches a")
    wait(s(4))
    expect(b:counters(a).sync_ok == 0, "an answer of a's reached b")
    w:heal()
    eventually(s(20), function() return b:counters(a).sync_ok > 0 end, "healed")
  end,
}
