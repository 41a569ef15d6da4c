-- API.md 4 and 9: without the field ephemeral a client takes back what it registered, of either kind.
return scenario {
  topology = { nodes = 3 },
  must_see = { "raft.commit", "client.deregistered" },
  story = function(w)
    local a, b = w:nodes()
    local k = w:client { name = "k", server = a }
    local function gone(service, why)
      wait(s(4))
      expect(#w:truth(service) == 0, why .. ": still in the truth")
      expect(#b:stored(service) == 0, why .. ": n2 still has it")
    end
    expect(k:register { service = "kept", ephemeral = false }, "the first is refused")
    expect(k:deregister { service = "kept" }, "it is not taken back")
    gone("kept", "its own address")
    expect(k:register { service = "far", ip = "10.9.0.1", port = 90, ephemeral = false }, "the second is refused")
    expect(k:deregister { service = "far" }, "it is not taken back")
    gone("far", "another address")
    expect(k:register { service = "told", ephemeral = false }, "the third is refused")
    expect(k:deregister { service = "told", ephemeral = false }, "it is not taken back")
    gone("told", "as the field says")
    expect(k:register { service = "short" }, "the fourth is refused")
    expect(k:deregister { service = "short", ephemeral = true }, "it is not taken back")
    gone("short", "an ephemeral one")
  end,
}
