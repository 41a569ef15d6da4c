-- API.md 4: w:link and w:clog reach the link of a client that is named, or whose site is; w:heal ends them.
return scenario {
  topology = { sites = { east = 1, west = 1 }, wan = { rtt = ms(20) } },
  must_see = { "link.degraded", "link.clog", "link.heal" },
  story = function(w)
    local east = w:node "east/n1"
    local k = w:client { server = east }
    expect(k:register { service = "x" }, "refused")
    local function took(service)
      local begun = now()
      expect(k:register { service = service }, "refused")
      return now() - begun
    end
    expect(took "a" < ms(1), "a LAN")
    w:link(k, east, { rtt = s(1) })
    expect(took "b" >= s(1) and took "c" < s(1.1), "a slow link")
    w:heal()
    expect(took "d" < ms(1), "healed")
    w:clog(k, east, s(2))
    expect(took "e" >= s(2), "clogged")
    w:link("east", "east", { rtt = s(1) })
    expect(took "f" >= s(1), "its site was named")
    w:heal("east", "east")
    expect(took "g" < ms(1), "healed by name")
  end,
}
