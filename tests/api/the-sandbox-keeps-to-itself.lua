-- API.md 1: pairs and next go by sorted keys, nothing shows an address, what reaches outside is absent, and
-- a scenario may have coroutines of its own, which hand values about but let no time pass.
return scenario {
  topology = { nodes = 1 },
  story    = function(w)
    local keys = {}
    for k in pairs { z = 1, a = 2, m = 3, [3] = 1, [1] = 1, [2] = 1 } do keys[#keys + 1] = tostring(k) end
    expect(table.concat(keys, " ") == "1 2 3 a m z" and next { b = 1, a = 2 } == "a", table.concat(keys, " "))
    for _, value in ipairs { {}, print, function() end, w, w:node "n1", coroutine.create(print) } do
      expect(not tostring(value):match "%x%x%x%x", tostring(value))
    end
    for _, name in ipairs { "io", "os", "package", "debug", "load", "loadfile", "dofile", "collectgarbage" } do
      local there, value = pcall(function() return _G[name] end)
      expect(not (there and value), name .. " is within reach")
    end
    expect(math.random == nil and math.randomseed == nil, "chance without the seed")

    local double = coroutine.create(function(a) return 2 * coroutine.yield(a + 1) end)
    expect(select(2, coroutine.resume(double, 1)) == 2 and select(2, coroutine.resume(double, 5)) == 10, "resume")
    local sum = 0
    for i in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do sum = sum + i end
    expect(sum == 6, "wrap")
    expect(not pcall(coroutine.yield) and not pcall(coroutine.wrap(function() wait(s(1)) end)), "time passed")
    local ok, problem = xpcall(function() error { code = 7 } end, function(e) return e.code end)
    expect(not ok and problem == 7, "xpcall")
  end,
}
