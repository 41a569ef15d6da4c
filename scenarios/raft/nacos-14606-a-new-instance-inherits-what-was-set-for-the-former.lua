-- nacos#14606: an instance that registers at an address which another left less than a minute ago inherits what an operator had set for that one.
return scenario {
  params = { gap = s(30) },
  topology = { nodes = 3 },
  must_see = { "client.closed", "raft.commit" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local former = w:client { name = "order-a", server = a }
    former:register { service = "order", metadata = { lane = "stable" } }
    wait(s(2))
    expect(w:override { service = "order", ip = former.ip, weight = 0, metadata = { lane = "canary" } })
    former:close()
    wait(p.gap)
    local new = w:client { name = "order-b", server = b, ip = former.ip }
    new:register { service = "order", metadata = { lane = "stable" } }
    wait(s(3))
    local inherits = p.gap < s(60)
    for _, n in ipairs { a, b, c } do
      local listed = n:instances("order")[1]
      expect((listed.weight == 0) == inherits, "weight at " .. n.name .. ": " .. listed.weight)
      expect((listed.metadata.lane == "canary") == inherits, "lane at " .. n.name .. ": " .. listed.metadata.lane)
      expect((listed.overridden == true) == inherits, "who says so")
    end
  end,
}
