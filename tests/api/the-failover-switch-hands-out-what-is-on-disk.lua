-- the switch is looked at every 5 s; the lists are those of 10 s after the start, of half an hour later, and of each day.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    local n = w:nodes()
    local shop = w:client { server = n }
    shop:register { service = "shop", metadata = { v = "1" } }
    for _, kind in ipairs { "nacos-client-2", "nacos-client-1" } do
      local k = w:client { subscribe = { "shop" }, kind = kind }
      wait(s(12))
      local function version() return k:sees("shop")[1] and k:sees("shop")[1].metadata.v end
      local first = version()
      shop:update { service = "shop", metadata = { v = first .. "x" } }
      eventually(s(12), function() return version() == first .. "x" end)
      k:failover(true)
      expect(version() == first .. "x", "nobody has looked at the switch yet")
      eventually(s(5), function() return version() == first end, "the list of ten seconds after the start")
      shop:update { service = "shop", metadata = { v = first .. "y" } }
      wait(s(30))
      expect(version() == first, "the cache is behind the switch")
      k:failover(false)
      eventually(s(5), function() return version() == first .. "y" end, "the cache")
      wait(minutes(31))
      shop:update { service = "shop", metadata = { v = first .. "z" } }
      k:failover(true)
      wait(s(20))
      expect(version() == first .. "y", "written again after half an hour")
      k:failover(false)
      wait(s(6))
      expect(k:heard("shop")[1].metadata.v == version(), "listeners hear of the cache alone")
    end
    local nobody = w:client { subscribe = { "nothing" } }
    nobody:failover(true)
    wait(s(20))
    shop:register { service = "nothing" }
    wait(s(2))
    expect(#nobody:sees "nothing" == 1, "without hosts on disk the cache is handed out")
    expect(not pcall(function() nobody:failover() end))
  end,
}
