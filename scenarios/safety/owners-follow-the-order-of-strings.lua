-- Who owns a heartbeat client is the hash of its address over the list of servers in *string* order, in
-- which 10.0.0.10 stands before 10.0.0.1.
-- A node that sorted by number would agree with itself and with no other: it would judge, forward and
-- refuse for the wrong clients. The owners are those that Java computed (tests/vectors/distro-mapper.tsv,
-- list A5).
local OWNERS = {
  ["127.0.0.1:1"]       = "10.0.0.10:8848",
  ["127.0.0.1:65535"]   = "10.0.0.1:8848",
  ["192.168.1.10:8080"] = "10.0.0.20:8848",
  ["10.10.10.10:20880"] = "10.0.0.2:8848",
  ["192.168.1.12:8080"] = "10.0.0.3:8848",
}

return scenario {
  topology = { nodes = 5, lan = { rtt = ms(1) },
               addresses = { n1 = "10.0.0.1:8848", n2 = "10.0.0.2:8848", n3 = "10.0.0.3:8848",
                             n4 = "10.0.0.10:8848", n5 = "10.0.0.20:8848" } },
  must_see = { "rpc.connected" },
  always   = { checks.one_owner { grace = s(0) } },

  story = function(w)
    local a = w:node "n1"
    step "every node names the owners that Java names"
    for tag, owner in pairs(OWNERS) do
      for _, n in ipairs { w:nodes() } do
        expect(n:owns(tag) == (n.address == owner), n.name .. " is wrong about " .. tag)
      end
    end

    step "and that is where a client of such an address lands"
    local beater = w:client { name = "beater", server = a, kind = "nacos-client-1", ip = "127.0.0.1", port = 1 }
    expect(beater:register { service = "shop" }, "it was refused")
    expect(w:node("n4"):knows(beater), "10.0.0.10 does not have it")
  end,
}
