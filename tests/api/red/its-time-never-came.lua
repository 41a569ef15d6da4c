-- 65 : an at or after whose time never came is an error
return scenario { topology = { nodes = 1 }, story = function() after(s(40), function() end) wait(s(1)) end }
